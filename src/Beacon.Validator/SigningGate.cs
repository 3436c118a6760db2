using Microsoft.Extensions.Logging;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Beacon.Validator;

/// <summary>Says whether anything may be signed now. Asked before every signature.</summary>
/// <remarks>
/// The fence and the manifest are read afresh each time: both are a few kilobytes on a local volume, and an old answer could let two
/// iterations sign at once. What cannot be read forbids.
/// </remarks>
public sealed partial class SigningGate
{
    private readonly ValidatorOptions _options;
    private readonly CancellationToken _stopped;
    private readonly ILogger _logger;
    private readonly Lock _lock = new();
    private string? _lastPeers;
    private string? _lastPeersRefusal;
    private string? _lastRefusal;

    /// <summary>Makes a gate.</summary>
    /// <param name="options">Where the files are, and the iteration.</param>
    /// <param name="logger">Hears when the answer changes.</param>
    /// <param name="stopped">Cancelled when the process was asked to stop: from then on nothing is signed.</param>
    public SigningGate(ValidatorOptions options, ILogger logger, CancellationToken stopped)
    {
        _options = options;
        _logger = logger;
        _stopped = stopped;
    }

    /// <summary>Whether the manifest names another iteration than ours: this process has no more to do.</summary>
    public bool ChainIsGone { get; private set; }

    /// <summary>Why nothing may be signed, or null.</summary>
    public string? Refusal()
    {
        if (_stopped.IsCancellationRequested)
        {
            return "stopping";
        }

        lock (_lock)
        {
            string? refusal = ReadManifest() ?? ReadFence();
            if (refusal != _lastRefusal)
            {
                if (refusal is null)
                {
                    Log.SigningAllowed(_logger);
                }
                else
                {
                    Log.SigningRefused(_logger, refusal);
                }

                _lastRefusal = refusal;
            }

            return refusal;
        }
    }

    private string? ReadManifest()
    {
        try
        {
            NetworkManifest? manifest = NetworkManifest.TryRead(_options.NetworkDirectory);
            if (manifest is not null && manifest.Iteration != _options.Iteration)
            {
                ChainIsGone = true;
                return $"the network directory is of iteration {manifest.Iteration}, this process of {_options.Iteration}";
            }

            return manifest is null ? "manifest.json is missing" : null;
        }
        catch (ValidatorStopException exception)
        {
            return exception.Message;
        }
    }

    private string? ReadFence()
    {
        string text;
        try
        {
            text = File.ReadAllText(_options.PeersFile);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            // The file may be missing: nobody fenced anything.
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return $"the peers file cannot be read: {exception.Message}";
        }

        if (text != _lastPeers)
        {
            _lastPeersRefusal = JudgeFence(text, _options.Iteration);
            _lastPeers = text;
        }

        return _lastPeersRefusal;
    }

    /// <summary>Why a peers file forbids signing, or null.</summary>
    internal static string? JudgeFence(string yaml, long iteration)
    {
        try
        {
            var stream = new YamlStream();
            stream.Load(new StringReader(yaml));
            if (stream.Documents.Count == 0)
            {
                return null;
            }

            if (stream.Documents[0].RootNode is not YamlMappingNode root)
            {
                return stream.Documents[0].RootNode is YamlScalarNode { Value: "" or null } ? null : "the peers file is not a map";
            }

            if (!root.Children.TryGetValue(new YamlScalarNode("fence"), out YamlNode? fence))
            {
                return null;
            }

            if (fence is not YamlSequenceNode list)
            {
                return fence is YamlScalarNode { Value: "" or "null" or "~" } ? null : "the peers file's fence is not a list";
            }

            foreach (YamlNode item in list)
            {
                if (item is not YamlScalarNode scalar || !long.TryParse(scalar.Value, out long fenced))
                {
                    return $"the peers file's fence has the item '{item}', which is no iteration";
                }

                if (fenced == iteration)
                {
                    return $"iteration {iteration} is fenced";
                }
            }

            return null;
        }
        catch (Exception exception) when (exception is YamlException or InvalidOperationException or ArgumentException)
        {
            return $"the peers file is not YAML: {exception.Message}";
        }
    }
}
