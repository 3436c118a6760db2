using System.CommandLine;
using System.Net;
using Microsoft.Extensions.Logging;

namespace Fleet.Manager.Tests;

public sealed class CommandLineTests
{
    [Fact]
    public async Task Without_flags_everything_has_its_default()
    {
        ManagerSettings settings = await ParseAsync();

        Assert.Null(settings.Kubeconfig);
        Assert.Empty(settings.WatchNamespaces);
        Assert.Null(settings.BeaconImage);
        Assert.False(settings.LeaderElect);
        Assert.Null(settings.LeaderElectionNamespace);
        Assert.Equal("fleet-operator", settings.LeaderElectionId);
        Assert.Equal((15, 10, 2), ((int)settings.LeaseDuration.TotalSeconds, (int)settings.RenewDeadline.TotalSeconds, (int)settings.RetryPeriod.TotalSeconds));
        Assert.Equal(new IPEndPoint(IPAddress.IPv6Any, 8080), settings.MetricsAddress);
        Assert.Equal(new IPEndPoint(IPAddress.IPv6Any, 8081), settings.HealthAddress);
        Assert.Empty(settings.PrometheusUrlPrefixes);
        Assert.Equal(4, settings.Workers);
        Assert.Equal(LogLevel.Information, settings.LogLevel);
    }

    [Fact]
    public async Task Every_flag_is_taken()
    {
        ManagerSettings settings = await ParseAsync(
            "--kubeconfig=/tmp/k", "--watch-namespaces=a,b", "--watch-namespaces=c", "--beacon-image=r.example/beacon:1@sha256:00", "--leader-elect",
            "--leader-election-namespace=ops", "--leader-election-id=other", "--leader-elect-lease-duration=60s", "--leader-elect-renew-deadline=40s",
            "--leader-elect-retry-period=1500ms", "--metrics-bind-address=127.0.0.1:9", "--health-probe-bind-address=[::1]:10", "--max-concurrent-reconciles=16",
            "--log-level=debug", "--prometheus-url-prefix=http://prometheus.monitoring:9090", "--prometheus-url-prefix=https://metrics.example/team-a/");

        Assert.Equal("/tmp/k", settings.Kubeconfig);
        Assert.Equal(["a", "b", "c"], settings.WatchNamespaces);
        Assert.Equal("r.example/beacon:1@sha256:00", settings.BeaconImage);
        Assert.True(settings.LeaderElect);
        Assert.Equal("ops", settings.LeaderElectionNamespace);
        Assert.Equal("other", settings.LeaderElectionId);
        Assert.Equal((60.0, 40.0, 1.5), (settings.LeaseDuration.TotalSeconds, settings.RenewDeadline.TotalSeconds, settings.RetryPeriod.TotalSeconds));
        Assert.Equal(new IPEndPoint(IPAddress.Loopback, 9), settings.MetricsAddress);
        Assert.Equal(new IPEndPoint(IPAddress.IPv6Loopback, 10), settings.HealthAddress);
        Assert.Equal(["http://prometheus.monitoring:9090/", "https://metrics.example/team-a/"], settings.PrometheusUrlPrefixes.Select(prefix => prefix.AbsoluteUri));
        Assert.Equal(16, settings.Workers);
        Assert.Equal(LogLevel.Debug, settings.LogLevel);
    }

    [Theory]
    [InlineData("--watch-namespaces=", "--leader-elect=false", "--metrics-bind-address=0", "--health-probe-bind-address=0")]
    public async Task What_is_switched_off_is_off(params string[] args)
    {
        ManagerSettings settings = await ParseAsync(args);

        Assert.Empty(settings.WatchNamespaces);
        Assert.False(settings.LeaderElect);
        Assert.Null(settings.MetricsAddress);
        Assert.Null(settings.HealthAddress);
    }

    [Theory]
    [InlineData("--watch-namespace=a")]
    [InlineData("--watch-namespaces=A")]
    [InlineData("--watch-namespaces=a,,b")]
    [InlineData("--watch-namespaces=a, b")]
    [InlineData("--watch-namespaces=a,a")]
    [InlineData("--watch-namespaces=a", "b")]
    [InlineData("--watch-namespaces")]
    [InlineData("--namespaces=a")]
    [InlineData("--beacon-image=")]
    [InlineData("--beacon-image=a b")]
    [InlineData("--beacon-image=a", "--beacon-image=b")]
    [InlineData("--leader-elect=maybe")]
    [InlineData("--leader-election-id=Has_Underscore")]
    [InlineData("--leader-elect-lease-duration=15")]
    [InlineData("--leader-elect-renew-deadline=0s")]
    [InlineData("--metrics-bind-address=8080")]
    [InlineData("--metrics-bind-address=:99999")]
    [InlineData("--metrics-bind-address=host:80")]
    [InlineData("--metrics-bind-address=::1:80")]
    [InlineData("--health-probe-bind-address=")]
    [InlineData("--prometheus-url-prefix=")]
    [InlineData("--prometheus-url-prefix=prometheus:9090")]
    [InlineData("--prometheus-url-prefix=file:///etc/passwd")]
    [InlineData("--prometheus-url-prefix=http://ada:word@prometheus:9090")]
    [InlineData("--prometheus-url-prefix=http://prometheus:9090/?a=b")]
    [InlineData("--max-concurrent-reconciles=0")]
    [InlineData("--max-concurrent-reconciles=65")]
    [InlineData("--max-concurrent-reconciles=1.5")]
    [InlineData("--log-level=INFO")]
    [InlineData("--log-level=verbose")]
    [InlineData("@flags")]
    [InlineData("serve")]
    public async Task What_is_not_understood_ends_with_2_and_one_sentence(params string[] args)
    {
        using var error = new StringWriter();

        Assert.Equal(2, await ManagerCommand.RunAsync(args, error, null, TestContext.Current.CancellationToken));
        Assert.StartsWith("fleet-manager: ", error.ToString(), StringComparison.Ordinal);
        Assert.Single(error.ToString().TrimEnd().Split('\n'));
    }

    private static async Task<ManagerSettings> ParseAsync(params string[] args)
    {
        ManagerSettings? parsed = null;
        ParseResult result = CommandLine.Parse(args, (settings, _) =>
        {
            parsed = settings;
            return Task.FromResult(0);
        });
        Assert.Empty(result.Errors);
        Assert.Equal(0, await result.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false }, TestContext.Current.CancellationToken));
        return parsed!;
    }
}
