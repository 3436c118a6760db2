using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Fleet.Kubernetes.Models;

/// <summary>core/v1 Event: something that happened to an object.</summary>
public sealed class CoreEvent : KubernetesObject, IKubernetesObject<CoreEvent>
{
    /// <inheritdoc/>
    public static ResourceType Resource { get; } = new("", "v1", "events", "Event", true) { ShortNames = ["ev"] };

    /// <inheritdoc/>
    public static JsonTypeInfo<CoreEvent> JsonType => KubernetesJson.Context.CoreEvent;

    /// <inheritdoc/>
    public static JsonTypeInfo<KubernetesList<CoreEvent>> ListJsonType => KubernetesJson.Context.KubernetesListCoreEvent;

    /// <summary>The object the event is about.</summary>
    public ObjectReference InvolvedObject { get; set; } = new();

    /// <summary>CamelCase, for programs.</summary>
    public string? Reason { get; set; }

    /// <summary>For people.</summary>
    public string? Message { get; set; }

    public EventSource? Source { get; set; }

    [JsonConverter(typeof(TimeConverter))]
    public DateTimeOffset? FirstTimestamp { get; set; }

    [JsonConverter(typeof(TimeConverter))]
    public DateTimeOffset? LastTimestamp { get; set; }

    /// <summary>How often it happened.</summary>
    public int? Count { get; set; }

    /// <summary><c>Normal</c> or <c>Warning</c>.</summary>
    public string? Type { get; set; }

    [JsonConverter(typeof(MicroTimeConverter))]
    public DateTimeOffset? EventTime { get; set; }

    public EventSeries? Series { get; set; }

    public string? Action { get; set; }

    public ObjectReference? Related { get; set; }

    [JsonPropertyName("reportingComponent")]
    public string? ReportingController { get; set; }

    public string? ReportingInstance { get; set; }
}

/// <summary>Who reported an event.</summary>
public sealed class EventSource : KubernetesModel
{
    public string? Component { get; set; }

    public string? Host { get; set; }
}

/// <summary>Repetitions of an event.</summary>
public sealed class EventSeries : KubernetesModel
{
    public int? Count { get; set; }

    [JsonConverter(typeof(MicroTimeConverter))]
    public DateTimeOffset? LastObservedTime { get; set; }
}

/// <summary>Reference to any object.</summary>
public sealed class ObjectReference : KubernetesModel
{
    public string? Kind { get; set; }

    public string? Namespace { get; set; }

    public string? Name { get; set; }

    public string? Uid { get; set; }

    public string? ApiVersion { get; set; }

    public string? ResourceVersion { get; set; }

    public string? FieldPath { get; set; }
}
