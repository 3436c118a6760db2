using System.Text;

namespace Beacon.Ssz.Generator;

/// <summary>Indented source text.</summary>
internal sealed class CodeWriter
{
    private readonly StringBuilder _text = new();
    private int _indent;

    /// <summary>Writes lines at the current indent; <c>{</c> and <c>}</c> alone on a line move it.</summary>
    public CodeWriter Lines(string lines)
    {
        foreach (string raw in lines.Replace("\r", "").Split('\n'))
        {
            string line = raw.TrimEnd();
            string trimmed = line.TrimStart();
            if (trimmed is "}" or "};")
            {
                _indent--;
            }

            if (trimmed.Length > 0)
            {
                _text.Append(' ', 4 * _indent).Append(line);
            }

            _text.Append('\n');
            if (trimmed == "{")
            {
                _indent++;
            }
        }

        return this;
    }

    /// <inheritdoc/>
    public override string ToString() => _text.ToString();
}
