using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using TestKit;

namespace Fleet.Load;

/// <summary>The operator as it is shipped, but for the image around it.</summary>
internal sealed class OperatorProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly int _probes;

    private OperatorProcess(Process process, int probes)
    {
        _process = process;
        _probes = probes;
    }

    /// <summary>Memory it holds now.</summary>
    public double ResidentMebibytes
    {
        get
        {
            string line = File.ReadLines($"/proc/{_process.Id}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
            return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
        }
    }

    /// <summary>Processor time it has used.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>Starts it.</summary>
    public static OperatorProcess Start(string executable, string kubeconfig)
    {
        int port = FreePort();
        var start = new ProcessStartInfo(executable) { RedirectStandardOutput = true };
        foreach (string argument in (string[])
        [
            $"--kubeconfig={kubeconfig}", "--beacon-image=beacon:dev", "--watch-namespaces=default", "--metrics-bind-address=0", "--log-level=error",
            string.Create(CultureInfo.InvariantCulture, $"--health-probe-bind-address=127.0.0.1:{port}"),
            string.Create(CultureInfo.InvariantCulture, $"--max-concurrent-reconciles={Round.Workers}"),
        ])
        {
            start.ArgumentList.Add(argument);
        }

        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, line) => Console.Error.WriteLine(line.Data);
        process.BeginOutputReadLine();
        return new OperatorProcess(process, port);
    }

    /// <summary>It stands still.</summary>
    public void Pause() => Signal("STOP");

    /// <summary>It goes on.</summary>
    public void Resume() => Signal("CONT");

    /// <summary>Waits until its local copies are complete.</summary>
    public async Task UntilReadyAsync(CancellationToken cancellationToken)
    {
        using var http = new HttpClient();
        await Eventually.TrueAsync(
            async () =>
            {
                try
                {
                    return (await http.GetAsync(new Uri($"http://127.0.0.1:{_probes}/readyz"), cancellationToken)).IsSuccessStatusCode;
                }
                catch (HttpRequestException)
                {
                    return false;
                }
            },
            () => "the operator is ready",
            TimeSpan.FromSeconds(60));
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private void Signal(string name)
    {
        using var kill = Process.Start("kill", ["-" + name, _process.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
