using System.Text.RegularExpressions;

namespace Fleet.Api.Validation;

/// <summary>One broken rule.</summary>
/// <param name="Path">Field path, such as <c>spec.pools[0].replicas</c>.</param>
/// <param name="Message">What is wrong and what would be right, continuing the path: "must be between 1 and 250, not 0".</param>
public sealed record FieldError(string Path, string Message)
{
    /// <summary>One sentence.</summary>
    public override string ToString() => $"{Path}: {Message}";
}

/// <summary>Collects broken rules.</summary>
internal sealed class ErrorList
{
    private readonly List<FieldError> _errors = [];

    public IReadOnlyList<FieldError> Errors => _errors;

    public void Add(string path, string message) => _errors.Add(new FieldError(path, message));

    public void Range(string path, long value, long min, long max)
    {
        if (value < min || value > max)
        {
            Add(path, $"must be between {min} and {max}, not {value}");
        }
    }

    public void OneOf(string path, string? value, params ReadOnlySpan<string> allowed)
    {
        foreach (string candidate in allowed)
        {
            if (value == candidate)
            {
                return;
            }
        }

        Add(path, $"must be {string.Join(" or ", allowed.ToArray())}, not \"{Shown(value)}\"");
    }

    public void MaxLength(string path, string? value, int max)
    {
        // Characters as API servers count them: one beyond the basic plane is one.
        if (value is not null && value.Length > max && value.EnumerateRunes().Count() is int length && length > max)
        {
            Add(path, $"must be at most {max} characters long, not {length}");
        }
    }

    /// <summary>A text of a given form; null is no text.</summary>
    public bool Form(string path, string? value, Regex form, string what)
    {
        if (value is null || form.IsMatch(value))
        {
            return true;
        }

        Add(path, $"must be {what}, not \"{Shown(value)}\"");
        return false;
    }

    /// <summary>A list of at most so many entries, each of which is checked.</summary>
    public void Items<T>(string path, List<T>? list, int max, Action<string, T> check)
        where T : class
    {
        MaxItems(path, list?.Count, max);
        for (int i = 0; i < (list?.Count ?? 0); i++)
        {
            string item = $"{path}[{i}]";
            if (list![i] is { } value)
            {
                check(item, value);
            }
            else
            {
                Add(item, "must not be null");
            }
        }
    }

    public void MaxItems(string path, int? count, int max)
    {
        if (count > max)
        {
            Add(path, $"may have at most {max} entries, not {count}");
        }
    }

    public void DurationBetween(string path, Duration value, TimeSpan min, TimeSpan max)
    {
        if (!value.IsValid)
        {
            Add(path, $"\"{Shown(value.Text)}\" is not a duration such as 20s or 1m30s");
        }
        else if (value.Value < min || value.Value > max)
        {
            Add(path, $"must be between {Duration.From(min)} and {Duration.From(max)}, not {value}");
        }
    }

    /// <summary>A user's text, cut and without control characters, so that it can be shown in one line.</summary>
    public static string Shown(string? value)
    {
        if (value is null)
        {
            return "";
        }

        string cut = value.Length > 60 ? value[..60] + "…" : value;
        return string.Concat(cut.Select(c => char.IsControl(c) ? '?' : c));
    }
}
