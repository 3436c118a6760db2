using System.Buffers.Binary;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using Beacon.Storage.RocksDb;
using TestKit;

namespace Beacon.Storage.Tests;

/// <summary>A process that is killed while it writes leaves a prefix of its batches, each of them whole.</summary>
public sealed class KillTests
{
    private const string ChildVariable = "BEACON_STORAGE_KILL_TEST_DIRECTORY";

    [Fact]
    public async Task A_killed_writer_leaves_whole_batches_and_loses_none_it_reported()
    {
        string directory = Path.Combine(Path.GetTempPath(), "beacon-kill-" + Guid.NewGuid().ToString("n"));
        try
        {
            ulong last = 0;
            for (int round = 0; round < 3; round++)
            {
                ulong target = last + 200;
                ulong reported = await WriteUntilKilledAsync(directory, target);
                using RocksDbKeyValueStore store = RocksDbKeyValueStore.Open(directory);
                ulong head = ReadNumber(store.Get(Column.Metadata, "head"u8)!);
                Assert.True(head >= reported, $"reported {reported}, found {head}");
                Assert.Equal(head, (ulong)store.Range(Column.Block, [], []).Count());
                Assert.Equal(head, (ulong)store.Range(Column.State, [], []).Count());
                last = head;
            }
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    /// <summary>In the child process: writes numbered batches forever instead of running tests.</summary>
    [ModuleInitializer]
    internal static void RunAsChild()
    {
        if (Environment.GetEnvironmentVariable(ChildVariable) is not { } directory)
        {
            return;
        }

        using RocksDbKeyValueStore store = RocksDbKeyValueStore.Open(directory, new RocksDbOptions { WriteBufferBytes = 64 << 10 });
        byte[]? stored = store.Get(Column.Metadata, "head"u8);
        for (ulong number = stored is null ? 1 : ReadNumber(stored) + 1; ; number++)
        {
            var key = new byte[8];
            BinaryPrimitives.WriteUInt64BigEndian(key, number);
            var batch = new WriteBatch();
            batch.Put(Column.Block, key, new byte[900]);
            batch.Put(Column.State, key, new byte[500]);
            batch.Put(Column.Metadata, "head"u8, key);
            store.Write(batch);
            Console.Out.WriteLine(number);
            Console.Out.Flush();
        }
    }

    private static async Task<ulong> WriteUntilKilledAsync(string directory, ulong target)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true };
        start.Environment[ChildVariable] = directory;
        using Process child = Process.Start(start)!;
        ulong reported = 0;
        await Eventually.TrueAsync(
            async () =>
            {
                while (reported < target && await child.StandardOutput.ReadLineAsync() is { } line)
                {
                    reported = ulong.Parse(line);
                }

                return reported >= target;
            },
            () => $"the child reported {reported} of {target} batches",
            TimeSpan.FromSeconds(60));
        child.Kill();
        await child.WaitForExitAsync();
        return reported;
    }

    private static ulong ReadNumber(byte[] bytes) => BinaryPrimitives.ReadUInt64BigEndian(bytes);
}
