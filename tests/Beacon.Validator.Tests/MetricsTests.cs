using Beacon.Metrics;
using TestKit;

namespace Beacon.Validator.Tests;

public sealed class MetricsTests
{
    [Fact]
    public void The_page_of_metrics_has_what_the_client_exports()
    {
        using var scope = new MetricsScope();
        using var registry = new MetricsRegistry(scope);
        using var log = new LogCounter(scope);
        _ = new ValidatorMetrics(scope);
        MetricsPage.Matches("validator client", registry.Render());
    }
}
