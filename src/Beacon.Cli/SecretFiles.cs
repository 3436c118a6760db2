using System.Text;
using Beacon.Node;

namespace Beacon.Cli;

/// <summary>Writing of files that only their owner may read.</summary>
internal static class SecretFiles
{
    public static Task WriteAsync(string path, string text, CancellationToken cancellationToken) => WriteAsync(path, Encoding.UTF8.GetBytes(text), cancellationToken);

    /// <summary>Writes a new file; one that is there is never replaced, for it may be the only copy of a key.</summary>
    public static async Task WriteAsync(string path, byte[] content, CancellationToken cancellationToken)
    {
        if (File.Exists(path))
        {
            throw new NodeException(ExitCodes.BadConfiguration, $"{path} exists already; choose another place or remove it first.");
        }

        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        await using var file = new FileStream(path, options);
        await file.WriteAsync(content, cancellationToken);
    }
}

/// <summary>Runs a command that ends by itself; what goes wrong becomes one sentence and an exit code.</summary>
internal static class Guarded
{
    public static async Task<int> RunAsync(Func<Task> work)
    {
        try
        {
            await work();
            return ExitCodes.Clean;
        }
        catch (NodeException exception)
        {
            return await FailAsync(exception, exception.ExitCode);
        }
        catch (DllNotFoundException exception)
        {
            return await FailAsync(exception, ExitCodes.Internal);
        }
        catch (Validator.ValidatorStopException exception)
        {
            return await FailAsync(exception, exception.ExitCode);
        }
        catch (Validator.Protection.SlashingProtectionException exception)
        {
            return await FailAsync(exception, ExitCodes.KeysRefused);
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or IOException or UnauthorizedAccessException or Types.ChainConfigException or Genesis.GenesisException)
        {
            return await FailAsync(exception, ExitCodes.BadConfiguration);
        }
    }

    private static async Task<int> FailAsync(Exception exception, int code)
    {
        await Console.Error.WriteLineAsync("beacon: " + exception.Message);
        return code;
    }
}
