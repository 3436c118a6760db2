using System.Diagnostics.CodeAnalysis;

namespace Fleet.Operator.Sampling;

/// <summary>The Prometheus servers that the operator may ask. A tenant names one in its spec, and would otherwise have the operator fetch what only the operator can reach.</summary>
/// <param name="prefixes">What addresses may begin with; see <see cref="TryParse"/>.</param>
public sealed class PrometheusPrefixes(IReadOnlyList<Uri> prefixes)
{
    /// <summary>The flag that allows one.</summary>
    public const string Flag = "--prometheus-url-prefix";

    /// <summary>Reads a prefix: an http or https address with nothing but host, port and path.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out Uri? prefix) =>
        Uri.TryCreate(text, UriKind.Absolute, out prefix)
        && prefix.Scheme is "http" or "https"
        && prefix is { UserInfo: "", Query: "", Fragment: "", Host.Length: > 0 }
        && !text.EndsWith('?')
        && !text.EndsWith('#');

    /// <summary>The address a spec names, if it is allowed.</summary>
    /// <param name="url"><c>spec.observability.prometheusURL</c>.</param>
    /// <param name="root">The address.</param>
    /// <param name="problem">Otherwise one sentence that says what to do.</param>
    public bool TryAllow(string url, [NotNullWhen(true)] out Uri? root, [NotNullWhen(false)] out string? problem)
    {
        root = TryParse(url, out Uri? parsed) && prefixes.Any(prefix => Contains(prefix, parsed)) ? parsed : null;
        if (root is not null)
        {
            problem = null;
            return true;
        }

        problem = $"spec.observability.prometheusURL: {url} is not among what the operator may read; start it with {Flag}={url}, or leave the field empty.";
        return false;
    }

    /// <summary>Scheme, host and port are the same, and the path is the prefix's or below it: whole parts, so that /team-a allows no /team-abc.</summary>
    private static bool Contains(Uri prefix, Uri url)
    {
        string parent = prefix.AbsolutePath.TrimEnd('/');
        return prefix.Scheme == url.Scheme
            && prefix.Port == url.Port
            && string.Equals(prefix.IdnHost, url.IdnHost, StringComparison.OrdinalIgnoreCase)
            && (url.AbsolutePath == parent || url.AbsolutePath.StartsWith(parent + "/", StringComparison.Ordinal));
    }
}
