using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;
using Fleet.LocalCluster.Tests.Support;
using TestKit;

namespace Fleet.LocalCluster.Tests;

/// <summary>An unmodified kubectl prints the same, and exits alike, whether it speaks to a real kube-apiserver or to the embedded one.</summary>
public sealed partial class SameOutputTests(SameOutputTests.Servers servers) : IClassFixture<SameOutputTests.Servers>
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Every_verb_prints_the_same()
    {
        Task<string> real = servers.Real.SessionAsync();
        Task<string> local = servers.Local.SessionAsync();
        if (Environment.GetEnvironmentVariable("FLEET_TRANSCRIPTS") is { Length: > 0 } folder)
        {
            await File.WriteAllTextAsync(Path.Combine(folder, "kubectl.real.txt"), await real);
            await File.WriteAllTextAsync(Path.Combine(folder, "kubectl.local.txt"), await local);
        }

        AssertSame(await real, await local);
    }

    [Fact]
    public async Task A_watch_prints_the_same_changes()
    {
        Task<string> real = servers.Real.WatchAsync();
        Task<string> local = servers.Local.WatchAsync();

        Assert.Equal(await real, await local);
        Assert.Contains("\nb 1 AGE", await local, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_served_here_is_served_there_under_the_same_names()
    {
        static string[] Lines(KubectlResult result) => [.. result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(l => Spaces().Replace(l, " ").Trim())];
        string[] there = Lines(await servers.Real.RunAsync("api-resources --api-group=apps"));
        string[] here = Lines(await servers.Local.RunAsync("api-resources --api-group=apps"));

        Assert.NotEmpty(here);
        Assert.Subset(there.ToHashSet(StringComparer.Ordinal), here.ToHashSet(StringComparer.Ordinal));
    }

    /// <summary>Two transcripts are the same; if not, the message is one line that names the command and what each server printed there.</summary>
    private static void AssertSame(string real, string local)
    {
        string[] there = real.Split('\n');
        string[] here = local.Split('\n');
        int at = there.Zip(here).TakeWhile(lines => lines.First == lines.Second).Count();
        if (at < Math.Max(there.Length, here.Length))
        {
            string command = there.Take(at + 1).LastOrDefault(line => line.StartsWith("$ ", StringComparison.Ordinal), "the beginning");
            static string Line(string[] lines, int at) => at < lines.Length ? $"'{lines[at]}'" : "nothing more";
            Assert.Fail($"At '{command}' kube-apiserver gave {Line(there, at)} and the embedded server {Line(here, at)} (line {at + 1}).");
        }
    }

    [GeneratedRegex(" +")]
    private static partial Regex Spaces();

    /// <summary>Identities, versions, times and temporary files, all of which differ by nature.</summary>
    [GeneratedRegex("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")]
    private static partial Regex Identity();

    [GeneratedRegex("(resourceVersion\"?: |Resource Version: +)\"?[0-9]+\"?")]
    private static partial Regex Version();

    [GeneratedRegex(@"\d{4}-\d\d-\d\dT[\d:]+Z|[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} [\d:]+ \+0000|\t\d{4}-\d\d-\d\d [\d:.]+ \+0000")]
    private static partial Regex Time();

    [GeneratedRegex(@"\b(\d+[smhd])+\b")]
    private static partial Regex Age();

    [GeneratedRegex(@"/[^ ]*/(LIVE|MERGED)-\d+")]
    private static partial Regex TemporaryFolder();

    /// <summary>
    /// Lines that the real server here doesn't print for reasons of its own: it runs without the plugin that gives accounts to pods, and is too old to say
    /// of a sub-resource that it owns fields or of a namespace what it is called. It also writes out that a template has no time, and leaves list indexes out of paths.
    /// </summary>
    [GeneratedRegex(@"^ *(serviceAccount(Name)?: default|Service Account: +default|subresource: \w+|creationTimestamp: null)\n", RegexOptions.Multiline)]
    private static partial Regex OwnReasons();

    /// <summary>What kubectl's own watch logs when its deadline cuts it off: whether it notices the deadline or the cut first is chance, with either server.</summary>
    [GeneratedRegex(@"^[WE]\d{4} [\d:.]+ +\d+ reflector\.go:\d+\] .*(very short watch|context deadline exceeded).*\n", RegexOptions.Multiline)]
    private static partial Regex CutOffWatch();

    [GeneratedRegex(@"(?<=[a-z])\[\d+\](?=\.)")]
    private static partial Regex ListIndex();

    /// <summary>Servers order the entries by their times, whole seconds: what fell into one second is another matter on each of them.</summary>
    [GeneratedRegex(@"^(?<head>(?<indent> *)managedFields:\n)(?<entry>\k<indent>- .*\n(?:\k<indent>  .*\n)*)+", RegexOptions.Multiline)]
    private static partial Regex ManagedFields();

    private static string Normalize(string text)
    {
        text = Identity().Replace(text, "UID");
        text = Version().Replace(text, "$1N");
        text = Time().Replace(text, "TIME");
        text = ManagedFields().Replace(text, block => block.Groups["head"].Value
            + string.Concat(block.Groups["entry"].Captures.Select(entry => entry.Value).Order(StringComparer.Ordinal)));
        text = TemporaryFolder().Replace(text, "/$1");
        text = OwnReasons().Replace(text, "");
        text = CutOffWatch().Replace(text, "");
        text = ListIndex().Replace(text, "");
        return Spaces().Replace(Age().Replace(text, "AGE"), " ").Replace(" \n", "\n", StringComparison.Ordinal);
    }

    /// <summary>Both servers, each with a home for kubectl's caches.</summary>
    public sealed class Servers : IAsyncLifetime
    {
        private RealApiServer? _real;
        private TestCluster? _local;

        internal Side Real { get; private set; } = null!;

        internal Side Local { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            if (RealApiServer.WhyNot is { } reason)
            {
                Assert.SkipUnless(Environment.GetEnvironmentVariable("CI") == "true", reason);
                Assert.Fail("There is no kube-apiserver, and with CI=true there must be: run 'make envtest' before the tests.");
            }

            _real = await RealApiServer.StartAsync();
            _local = await TestCluster.StartAsync(c => c.Alive = false);
            Real = new Side(_real.KubeconfigPath, _real.Folder);
            Local = new Side(_local.Cluster.KubeconfigPath, Path.GetDirectoryName(_local.DataDir)!);
        }

        public async ValueTask DisposeAsync()
        {
            if (_local is not null)
            {
                await _local.DisposeAsync();
            }

            if (_real is not null)
            {
                await _real.DisposeAsync();
            }
        }
    }

    /// <summary>kubectl against one of the servers.</summary>
    internal sealed class Side(string kubeconfig, string home)
    {
        public Task<KubectlResult> RunAsync(string arguments, string? input = null, string? editor = null) => Kubectl.RunAsync(kubeconfig, home, arguments, input, editor);

        /// <summary>What the whole session printed.</summary>
        public async Task<string> SessionAsync()
        {
            var transcript = new StringBuilder();
            foreach (KubectlStep step in KubectlSession.BuiltinKinds.Concat(KubectlSession.Defining))
            {
                await AddAsync(transcript, step);
            }

            // A definition is established a little before clients are told what it defines.
            await Eventually.TrueAsync(
                async () => (await RunAsync("explain tn --output=plaintext-openapiv2")).Code == 0 && (await RunAsync("get tn -A")).Code == 0, () => "testnets are served and explained", Limit);
            foreach (KubectlStep step in KubectlSession.OwnKinds)
            {
                await AddAsync(transcript, step);
            }

            return transcript.ToString();
        }

        /// <summary>What a watch printed while objects came, changed and went.</summary>
        public async Task<string> WatchAsync()
        {
            Assert.Equal(0, (await RunAsync("create ns watched")).Code);
            Assert.Equal(0, (await RunAsync("create cm a -n watched --from-literal=k=v")).Code);
            using Process watch = Kubectl.Start(kubeconfig, home, "get cm -n watched -w");
            var lines = new List<string>();
            try
            {
                await ReadAsync(watch, lines, "a 1 AGE");
                Assert.Equal(0, (await RunAsync("patch cm a -n watched -p '{\"data\":{\"l\":\"w\"}}'")).Code);
                await ReadAsync(watch, lines, "a 2 AGE");
                Assert.Equal(0, (await RunAsync("create cm b -n watched --from-literal=k=v")).Code);
                await ReadAsync(watch, lines, "b 1 AGE");
                Assert.Equal(0, (await RunAsync("delete cm a -n watched")).Code);
                await ReadAsync(watch, lines, "a 2 AGE");
            }
            finally
            {
                watch.Kill();
            }

            return string.Join('\n', lines);
        }

        private static async Task ReadAsync(Process watch, List<string> lines, string until)
        {
            using var limit = new CancellationTokenSource(Limit);
            do
            {
                string line = await watch.StandardOutput.ReadLineAsync(limit.Token) ?? throw new InvalidOperationException($"the watch ended before '{until}' after: {string.Join('\n', lines)}");
                if (!line.StartsWith("kube-root-ca.crt", StringComparison.Ordinal))
                {
                    lines.Add(Normalize(line + "\n").TrimEnd());
                }
            }
            while (lines.Count == 0 || lines[^1] != until);
        }

        private async Task AddAsync(StringBuilder transcript, KubectlStep step)
        {
            KubectlResult result = await RunAsync(step.Arguments, step.Input, step.Editor);
            string error = step.Wording ? result.Error : string.Join(':', result.Error.Split(':').Take(1));
            string output = Normalize(result.Output);
            if (step.Verb == "describe")
            {
                output = string.Join('\n', output.Split('\n').Order(StringComparer.Ordinal)); // kubectl shows the entries of a map in any order
            }

            transcript.Append(System.Globalization.CultureInfo.InvariantCulture, $"$ kubectl {step.Arguments}\n{output}{Normalize(error)}[{result.Code}]\n");
        }
    }
}
