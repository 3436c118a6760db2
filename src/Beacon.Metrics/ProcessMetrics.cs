using System.Diagnostics;
using System.Globalization;

namespace Beacon.Metrics;

/// <summary>The <c>process_*</c> metrics that Prometheus client libraries agree on, read from <c>/proc/self</c>, and a few of the runtime's.</summary>
internal sealed class ProcessMetrics
{
    private readonly double _startTime;

    public ProcessMetrics()
    {
        CollectionWatch.Start();
        using var process = Process.GetCurrentProcess();
        _startTime = (process.StartTime.ToUniversalTime() - DateTime.UnixEpoch).TotalSeconds;
    }

    public void Write(PrometheusText writer)
    {
        using var process = Process.GetCurrentProcess();
        Counter(writer, "process_cpu_seconds_total", "Processor time used, in seconds.", process.TotalProcessorTime.TotalSeconds);
        Gauge(writer, "process_max_fds", "Limit of open file descriptors.", MaximumFileDescriptors());
        Gauge(writer, "process_open_fds", "Open file descriptors.", OpenFileDescriptors());
        Gauge(writer, "process_resident_memory_bytes", "Memory resident, in bytes.", process.WorkingSet64);
        Gauge(writer, "process_start_time_seconds", "When the process started, Unix time in seconds.", _startTime);
        Gauge(writer, "process_threads", "Threads.", process.Threads.Count);
        Gauge(writer, "process_virtual_memory_bytes", "Address space in use, in bytes.", process.VirtualMemorySize64);
        Counter(writer, "dotnet_gc_pause_seconds_total", "Time that garbage collection paused the process, in seconds.", GC.GetTotalPauseDuration().TotalSeconds);
        Gauge(writer, "dotnet_gc_heap_bytes", "Managed memory in use, in bytes.", GC.GetTotalMemory(forceFullCollection: false));
        Gauge(writer, "dotnet_gc_last_collection_heap_bytes", "Managed memory in use after the last garbage collection, in bytes.", GC.GetGCMemoryInfo(GCKind.Any).HeapSizeBytes);
        Gauge(writer, "fleet_resident_memory_after_gc_bytes", "Memory resident right after the last garbage collection, in bytes; before the first, at the start.", CollectionWatch.ResidentBytes);
        writer.Family("dotnet_gc_collections_total", "counter", "Garbage collections by generation; one of an older generation counts for the younger ones too.");
        for (int generation = 0; generation <= GC.MaxGeneration; generation++)
        {
            writer.Sample("dotnet_gc_collections_total", [new("generation", generation.ToString(CultureInfo.InvariantCulture))], GC.CollectionCount(generation));
        }

        Gauge(writer, "dotnet_thread_pool_queue_length", "Work items waiting for a thread.", ThreadPool.PendingWorkItemCount);
    }

    private static void Counter(PrometheusText writer, string name, string help, double value)
    {
        writer.Family(name, "counter", help);
        writer.Sample(name, [], value);
    }

    private static void Gauge(PrometheusText writer, string name, string help, double value)
    {
        writer.Family(name, "gauge", help);
        writer.Sample(name, [], value);
    }

    private static double OpenFileDescriptors()
    {
        try
        {
            return Directory.EnumerateFileSystemEntries("/proc/self/fd").Count();
        }
        catch (IOException)
        {
            return double.NaN;
        }
    }

    private static double MaximumFileDescriptors()
    {
        try
        {
            foreach (string line in File.ReadLines("/proc/self/limits"))
            {
                if (line.StartsWith("Max open files", StringComparison.Ordinal))
                {
                    string soft = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[3];
                    return soft == "unlimited" ? double.PositiveInfinity : double.Parse(soft, CultureInfo.InvariantCulture);
                }
            }
        }
        catch (IOException)
        {
            // No /proc: unknown.
        }

        return double.NaN;
    }
}
