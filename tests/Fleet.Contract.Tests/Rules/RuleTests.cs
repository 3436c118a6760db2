using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Fleet.Contract.Tests.Rules;

/// <summary>Every rule of the definitions has an object that keeps it and one that breaks it, and the operator's own validation judges both as an API server does.</summary>
public sealed partial class RuleTests(ContractServers servers, ITestOutputHelper output)
{
    public static TheoryData<string> Rules => [.. Definitions.Rules()];

    [Fact]
    public void Every_case_is_of_a_rule()
    {
        string[] rules = [.. Definitions.Rules()];
        Assert.True(rules.Length >= 40, $"only {rules.Length} rules were found");
        Assert.Equal([], RuleCase.All.Select(test => test.Rule).Where(rule => rules.Count(candidate => candidate.StartsWith(rule, StringComparison.Ordinal)) != 1));
    }

    [Theory]
    [MemberData(nameof(Rules))]
    public async Task A_rule_has_an_object_that_keeps_it_and_one_that_breaks_it(string rule)
    {
        RuleCase[] cases = [.. RuleCase.All.Where(test => rule.StartsWith(test.Rule, StringComparison.Ordinal))];
        Assert.True(cases.Length > 0, $"no case of: {rule}");
        using Judge judge = await Judge.StartAsync(servers, ServerKind.Newer);
        output.WriteLine($"kube-apiserver {await servers.VersionAsync(ServerKind.Newer)}");
        foreach (RuleCase test in cases)
        {
            (JsonObject kept, JsonObject broken) = (Make(rule, test.Kept), Make(rule, test.Broken));
            Verdict accepted = await JudgeAsync(judge, test, kept, rule);
            Assert.True(accepted.IsAccepted, $"{test.Kept} is {accepted}");
            Verdict refused = await JudgeAsync(judge, test, broken, rule);
            Assert.False(refused.IsAccepted, $"{test.Broken} is accepted");
            string expected = rule[(rule.IndexOf(' ', StringComparison.Ordinal) + 1)..];
            Assert.True(refused.Why.Any(why => Says(why, expected)), $"{test.Broken} is {refused}");

            // What depends on the object before is known to the server alone.
            Verdict own = Verdict.OfOperator(kept);
            Assert.True(own.IsAccepted, $"the operator on {test.Kept}: {own}");
            own = Verdict.OfOperator(broken);
            Assert.True(own.IsAccepted == test.Before is not null, $"the operator on {test.Broken}: {own}");
        }
    }

    [Theory]
    [InlineData(ServerKind.Local)]
    [InlineData(ServerKind.Real)]
    public async Task Where_rules_are_not_known_what_keeps_them_is_accepted(ServerKind kind)
    {
        using Judge judge = await Judge.StartAsync(servers, kind);
        foreach (RuleCase test in RuleCase.All)
        {
            if (kind == ServerKind.Real && test.Kept.Contains("\"\"", StringComparison.Ordinal))
            {
                // 1.20 built with a newer Go takes an empty text for null.
                continue;
            }

            Verdict verdict = await JudgeAsync(judge, test, Make(test.Rule, test.Kept), test.Rule);
            Assert.True(verdict.IsAccepted, $"{test.Kept} is {verdict}");
        }
    }

    private static Task<Verdict> JudgeAsync(Judge judge, RuleCase test, JsonObject value, string rule) =>
        test.Before is null ? judge.OfAsync(value) : judge.OfChangeAsync(Make(rule, test.Before, (string)value["metadata"]!["name"]!), value);

    private static JsonObject Make(string rule, string change, string? name = null)
    {
        JsonObject value = FullObjects.Of(rule.Split(' ')[0], name ?? "r" + Guid.NewGuid().ToString("n")[..12]);
        Merge(value, JsonNode.Parse(change)!.AsObject());
        return value;
    }

    /// <summary>A merge patch: null removes, lists are replaced.</summary>
    private static void Merge(JsonObject target, JsonObject change)
    {
        foreach ((string key, JsonNode? value) in change)
        {
            if (value is null)
            {
                target.Remove(key);
            }
            else if (value is JsonObject inner && target[key] is JsonObject existing)
            {
                Merge(existing, inner);
            }
            else
            {
                target[key] = Pruned(value);
            }
        }
    }

    /// <summary>A copy without what is null.</summary>
    private static JsonNode Pruned(JsonNode value) => value switch
    {
        JsonObject fields => new JsonObject(fields.Where(field => field.Value is not null).Select(field => KeyValuePair.Create(field.Key, (JsonNode?)Pruned(field.Value!)))),
        JsonArray list => new JsonArray([.. list.Select(item => Pruned(item!))]),
        _ => value.DeepClone(),
    };

    /// <summary>A cause names the field, apart from positions in lists, and holds the whole message.</summary>
    private static bool Says(string why, string expected)
    {
        string[] parts = expected.Split(": ", 2);
        return Position().Replace(why, "[]").StartsWith(parts[0] + ": ", StringComparison.Ordinal) && why.Contains(parts[1], StringComparison.Ordinal);
    }

    [GeneratedRegex("\\[[0-9]+\\]")]
    private static partial Regex Position();
}
