using System.Diagnostics;
using System.Text;

namespace Fleet.LocalCluster.Tests.Support;

/// <summary>What a run of kubectl ended with.</summary>
public readonly record struct KubectlResult(int Code, string Output, string Error);

/// <summary>Runs an unmodified kubectl; the test is skipped where there is none.</summary>
public static class Kubectl
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    /// <summary>Runs it to its end.</summary>
    /// <param name="kubeconfig">The cluster to speak to.</param>
    /// <param name="home">Where it keeps its caches.</param>
    /// <param name="arguments">The command line; what stands in single quotes is one argument.</param>
    /// <param name="input">Its standard input.</param>
    /// <param name="editor">Command that <c>kubectl edit</c> calls with the file's name.</param>
    public static async Task<KubectlResult> RunAsync(string kubeconfig, string home, string arguments, string? input = null, string? editor = null)
    {
        using Process process = Start(kubeconfig, home, arguments, editor);
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        await process.StandardInput.WriteAsync(input ?? "");
        process.StandardInput.Close();
        using var limit = new CancellationTokenSource(Limit);
        await process.WaitForExitAsync(limit.Token);
        return new KubectlResult(process.ExitCode, await output, await error);
    }

    /// <summary>Starts it; the caller ends it.</summary>
    public static Process Start(string kubeconfig, string home, string arguments, string? editor = null)
    {
        Assert.SkipUnless(Find() is not null, "not here: kubectl is not installed");
        var info = new ProcessStartInfo(Find()!) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in Split(arguments))
        {
            info.ArgumentList.Add(argument);
        }

        info.Environment["KUBECONFIG"] = kubeconfig;
        info.Environment["HOME"] = home;
        if (editor is not null)
        {
            info.Environment["KUBE_EDITOR"] = editor;
        }

        return Process.Start(info)!;
    }

    private static string? Find() =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(d => Path.Combine(d, "kubectl")).FirstOrDefault(File.Exists);

    /// <summary>Splits at spaces, but not within single quotes.</summary>
    private static IEnumerable<string> Split(string text)
    {
        var current = new StringBuilder();
        bool quoted = false;
        bool any = false;
        foreach (char c in text)
        {
            if (c == '\'')
            {
                quoted = !quoted;
                any = true;
            }
            else if (c == ' ' && !quoted)
            {
                if (any || current.Length > 0)
                {
                    yield return current.ToString();
                }

                current.Clear();
                any = false;
            }
            else
            {
                current.Append(c);
            }
        }

        if (any || current.Length > 0)
        {
            yield return current.ToString();
        }
    }
}
