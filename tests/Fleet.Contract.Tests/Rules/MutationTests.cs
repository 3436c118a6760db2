using System.Collections.Concurrent;
using System.Text.Json.Nodes;

namespace Fleet.Contract.Tests.Rules;

/// <summary>Every property of every spec at and beyond its bounds: API servers and the operator's own validation judge alike.</summary>
public sealed class MutationTests(ContractServers servers, ITestOutputHelper output)
{
    /// <summary>Where an API server cannot know what the operator knows, and why; the operator may refuse there what the server accepts.</summary>
    private static readonly Dictionary<string, string> KnownToTheOperatorAlone = new(StringComparer.Ordinal)
    {
        [".affinity"] = "its size as a whole",
        [".nodeSelector"] = "a rule on every key of every pool is beyond the cost that a definition may have",
        [".resources"] = "whether a request is above its limit: rules of 1.25 cannot compare quantities",
    };

    public static MatrixTheoryData<string, ServerKind> KindsAndServers => new([.. Definitions.Schemas.Keys], [ServerKind.Local, ServerKind.Real, ServerKind.Newer]);

    public static TheoryData<string> Kinds => [.. Definitions.Schemas.Keys];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_property_is_said_by_the_full_object(string kind)
    {
        Assert.Equal([], Mutations.Unsaid(kind, "spec"));
        Assert.Equal([], Mutations.Unsaid(kind, "status"));
        Verdict verdict = Verdict.OfOperator(FullObjects.Of(kind, "full"));
        Assert.True(verdict.IsAccepted, verdict.ToString());
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task The_operator_judges_as_a_server_that_knows_the_rules(string kind)
    {
        using Judge judge = await Judge.StartAsync(servers, ServerKind.Newer);
        output.WriteLine($"kube-apiserver {await servers.VersionAsync(ServerKind.Newer)}");
        await CompareAsync(Mutations.Of(kind), async mutation =>
        {
            Verdict server = await judge.OfAsync(mutation.Value);
            if (server.Stored is JsonObject kept && Verdict.Unreadable(kept) is { } unreadable)
            {
                return unreadable;
            }

            Verdict own = Verdict.OfOperator(mutation.Value);
            if (server.IsAccepted && !own.IsAccepted && server.Stored is JsonObject stored)
            {
                // What the server dropped, such as null, the operator never sees.
                own = Verdict.OfOperator(stored);
            }

            bool excused = server.IsAccepted && KnownToTheOperatorAlone.Keys.Any(part => mutation.Path.Contains(part, StringComparison.Ordinal));
            return server.IsAccepted == own.IsAccepted || excused ? null : $"the server: {server}; the operator: {own}";
        });
    }

    /// <summary>Older servers check the schema alone, so they may accept more, and the embedded cluster is one of them.</summary>
    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task The_embedded_cluster_judges_as_a_server_that_knows_no_rules(string kind)
    {
        using Judge local = await Judge.StartAsync(servers, ServerKind.Local);
        using Judge real = await Judge.StartAsync(servers, ServerKind.Real);
        bool knowsRules = await servers.VersionAsync(ServerKind.Real) >= new Version(1, 25);
        await CompareAsync(Mutations.Of(kind), async mutation =>
        {
            (Verdict embedded, Verdict old) = (await local.OfAsync(mutation.Value), await real.OfAsync(mutation.Value));
            Verdict own = Verdict.OfOperator(mutation.Value);
            if (old.Why.Any(why => why.EndsWith("\"null\"", StringComparison.Ordinal)))
            {
                // Of 1.20 built with a newer Go: it takes what is empty or zero for null.
                return null;
            }

            return embedded.IsAccepted != old.IsAccepted && !(knowsRules && embedded.IsAccepted && !own.IsAccepted) ? $"the embedded cluster: {embedded}; the real server: {old}"
                : own.IsAccepted && !old.IsAccepted ? $"the real server: {old}; the operator: {own}"
                : null;
        });
    }

    /// <summary>One object that cannot be read would keep the operator from reading all others: whatever a server stores must be readable, forged statuses included.</summary>
    [Theory]
    [MemberData(nameof(KindsAndServers))]
    public async Task Whatever_status_a_server_takes_the_operator_can_read(string kind, ServerKind server)
    {
        using Judge judge = await Judge.StartAsync(servers, server);
        JsonObject stored = await judge.StoreAsync(FullObjects.Of(kind, "s" + Guid.NewGuid().ToString("n")[..12]));
        try
        {
            await CompareAsync(Mutations.OfStatus(kind, stored), async mutation =>
                await judge.OfStatusAsync(mutation.Value) is { IsAccepted: true, Stored: JsonObject taken } ? Verdict.Unreadable(taken) : null);
        }
        finally
        {
            await judge.RemoveAsync(stored);
        }
    }

    private async Task CompareAsync(IEnumerable<Mutation> all, Func<Mutation, Task<string?>> compare)
    {
        Mutation[] mutations = [.. all];
        Assert.True(mutations.Length > 500, $"only {mutations.Length} mutations");
        var differences = new ConcurrentBag<string>();
        await Parallel.ForEachAsync(
            mutations,
            new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = TestContext.Current.CancellationToken },
            async (mutation, _) =>
            {
                if (await compare(mutation) is { } difference)
                {
                    differences.Add($"{mutation.Path} {mutation.What[..Math.Min(mutation.What.Length, 80)]}: {difference}");
                }
            });
        output.WriteLine($"{mutations.Length} objects compared");
        Assert.True(differences.IsEmpty, $"{differences.Count} of {mutations.Length} differ:\n{string.Join('\n', differences.Order(StringComparer.Ordinal).Take(200))}");
    }
}
