using Fleet.LocalCluster.Resources;

namespace Fleet.LocalCluster.Api;

/// <summary>Reads label selectors: requirements such as <c>a=b</c>, <c>a!=b</c>, <c>a in (b,c)</c>, <c>a notin (b)</c>, <c>a</c>, <c>!a</c>, <c>a&gt;1</c>, separated by commas.</summary>
internal sealed class LabelSelector
{
    private readonly string _text;
    private int _at;

    private LabelSelector(string text)
    {
        _text = text;
    }

    /// <summary>What a selector demands of an object's labels, one rule per requirement; none for an empty selector.</summary>
    /// <exception cref="ApiException">400: the selector can't be read.</exception>
    public static IReadOnlyList<Func<IReadOnlyDictionary<string, string>, bool>> Parse(string text)
    {
        var rules = new List<Func<IReadOnlyDictionary<string, string>, bool>>();
        var reader = new LabelSelector(text);
        if (reader.Peek().Length == 0)
        {
            return rules;
        }

        while (true)
        {
            rules.Add(reader.Requirement());
            string next = reader.Next();
            if (next.Length == 0)
            {
                return rules;
            }

            if (next != ",")
            {
                throw Unreadable($"found '{next}', expected: ',' or 'end of string'");
            }

            if (reader.Peek() is "" or ",")
            {
                throw Unreadable($"found '{reader.Peek()}', expected: identifier after ','");
            }
        }
    }

    private Func<IReadOnlyDictionary<string, string>, bool> Requirement()
    {
        string key = Next();
        bool absent = key == "!";
        if (absent)
        {
            key = Next();
        }

        if (!Names.IsQualifiedName(key))
        {
            throw Unreadable(key.Length == 0 || IsSign(key) ? $"found '{key}', expected: identifier" : $"key: Invalid value: \"{key}\": {Names.QualifiedMessage}");
        }

        if (absent)
        {
            return labels => !labels.ContainsKey(key);
        }

        if (Peek() is "" or ",")
        {
            return labels => labels.ContainsKey(key);
        }

        string sign = Next();
        switch (sign)
        {
            case "=" or "==":
                string wanted = Value(key);
                return labels => labels.TryGetValue(key, out string? actual) && actual == wanted;
            case "!=":
                string unwanted = Value(key);
                return labels => !labels.TryGetValue(key, out string? actual) || actual != unwanted;
            case "in":
                HashSet<string> among = Values(key);
                return labels => labels.TryGetValue(key, out string? actual) && among.Contains(actual);
            case "notin":
                HashSet<string> outside = Values(key);
                return labels => !labels.TryGetValue(key, out string? actual) || !outside.Contains(actual);
            case ">" or "<":
                return Comparison(key, sign == ">");
            default:
                throw Unreadable($"found '{sign}', expected: in, notin, =, ==, !=, gt, lt");
        }
    }

    private Func<IReadOnlyDictionary<string, string>, bool> Comparison(string key, bool greater)
    {
        string text = Next();
        if (!long.TryParse(text, out long bound))
        {
            throw Unreadable($"values[0][{key}]: Invalid value: \"{text}\": for 'Gt', 'Lt' operators, the value must be an integer");
        }

        return labels => labels.TryGetValue(key, out string? actual) && long.TryParse(actual, out long number) && (greater ? number > bound : number < bound);
    }

    private string Value(string key)
    {
        string value = Peek() is "" or "," ? "" : Next();
        return Checked(key, value);
    }

    private HashSet<string> Values(string key)
    {
        if (Next() != "(")
        {
            throw Unreadable("found no '(', expected: '(' after in or notin");
        }

        var values = new HashSet<string>(StringComparer.Ordinal);
        while (true)
        {
            values.Add(Peek() is "," or ")" ? "" : Checked(key, Next()));
            switch (Next())
            {
                case ",":
                    continue;
                case ")":
                    return values;
                case string other:
                    throw Unreadable($"found '{other}', expected: ',' or ')'");
            }
        }
    }

    private static string Checked(string key, string value) =>
        !IsSign(value) && Names.IsLabelValue(value) ? value : throw Unreadable($"values[0][{key}]: Invalid value: \"{value}\": {Names.ValueMessage}");

    private string Peek()
    {
        int before = _at;
        string token = Next();
        _at = before;
        return token;
    }

    /// <summary>The next sign or word; empty at the end.</summary>
    private string Next()
    {
        while (_at < _text.Length && _text[_at] is ' ' or '\t' or '\r' or '\n')
        {
            _at++;
        }

        if (_at >= _text.Length)
        {
            return "";
        }

        int start = _at++;
        if (_text[start] is '=' or '!' && _at < _text.Length && _text[_at] == '=')
        {
            _at++;
        }
        else if (!IsSign(_text[start]))
        {
            while (_at < _text.Length && !IsSign(_text[_at]) && _text[_at] is not (' ' or '\t' or '\r' or '\n'))
            {
                _at++;
            }
        }

        return _text[start.._at];
    }

    private static bool IsSign(string token) => token.Length > 0 && IsSign(token[0]);

    private static bool IsSign(char c) => c is '=' or '!' or '(' or ')' or ',' or '<' or '>';

    private static ApiException Unreadable(string why) => ApiException.BadRequest($"unable to parse requirement: {why}");
}
