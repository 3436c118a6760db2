namespace Fleet.Contract.Tests;

/// <summary>Lists: pages and selectors.</summary>
public abstract class ListContract(ContractServers servers, ServerKind kind) : ContractTest(servers, kind)
{
    [Fact]
    public async Task Pages_hold_the_state_of_the_first_one_in_order_of_names()
    {
        foreach (string name in (string[])["e", "a", "d", "b", "c"])
        {
            await MapAsync(name, labels: """{"page":"yes"}""");
        }

        Answer first = (await GetAsync(Maps + "?limit=2&labelSelector=page")).Expect(200);
        await MapAsync("aa", labels: """{"page":"yes"}""");
        await MapAsync("dd", labels: """{"page":"yes"}""");
        Answer second = (await GetAsync(Maps + "?limit=2&labelSelector=page&continue=" + Uri.EscapeDataString(first.Text("metadata.continue")!))).Expect(200);
        Answer third = (await GetAsync(Maps + "?limit=2&labelSelector=page&continue=" + Uri.EscapeDataString(second.Text("metadata.continue")!))).Expect(200);

        Assert.Equal(["a", "b", "c", "d", "e"], Names(first).Concat(Names(second)).Concat(Names(third)));
        Assert.Equal("ConfigMapList", first.Text("kind"));
        Assert.True(string.IsNullOrEmpty(third.Text("metadata.continue")));
        Assert.Equal(first.Text("metadata.resourceVersion"), third.Text("metadata.resourceVersion"));
    }

    [Fact]
    public async Task The_rest_is_counted_where_nothing_selects()
    {
        foreach (string name in (string[])["a", "b", "c"])
        {
            await MapAsync(name);
        }

        Answer first = (await GetAsync(Maps + "?limit=1")).Expect(200);
        Answer all = (await GetAsync(Maps + "?limit=500")).Expect(200);

        // Both servers may hold further maps of their own in a namespace.
        Assert.Equal(all.Body!["items"]!.AsArray().Count - 1, (int)first["metadata.remainingItemCount"]!);
        Assert.Null(all["metadata.remainingItemCount"]);
    }

    [Fact]
    public async Task A_token_of_a_state_that_is_forgotten_has_expired()
    {
        string leases = $"/apis/coordination.k8s.io/v1/namespaces/{Namespace}/leases";
        (await PostAsync(leases, """{"metadata":{"name":"a"}}""")).Expect(201);
        (await PostAsync(leases, """{"metadata":{"name":"b"}}""")).Expect(201);
        Answer first = (await GetAsync(leases + "?limit=1")).Expect(200);
        Answer last = (await PostAsync(leases, """{"metadata":{"name":"c"}}""")).Expect(201);
        await Servers.ForgetHistoryAsync(Kind, last.Text("metadata.resourceVersion")!);

        (await GetAsync(leases + "?limit=1&continue=" + Uri.EscapeDataString(first.Text("metadata.continue")!))).ExpectFailure(410, "Expired");
    }

    [Fact]
    public async Task A_damaged_token_is_refused()
    {
        await MapAsync("a");

        (await GetAsync(Maps + "?limit=1&continue=rubbish")).ExpectFailure(400, "BadRequest");
    }

    [Theory]
    [InlineData("color=red", "a b")]
    [InlineData("color==red,size=1", "a")]
    [InlineData("color!=red", "c d")]
    [InlineData("color in (red,blue)", "a b c")]
    [InlineData("color notin (red)", "c d")]
    [InlineData("size", "a b")]
    [InlineData("!size,color", "c")]
    [InlineData("color", "a b c")]
    [InlineData("size>1", "b")]
    [InlineData("size<2", "a")]
    [InlineData("size in (1, 2),!none", "a b")]
    [InlineData("color in (red,)", "a b")]
    [InlineData("color=", "")]
    [InlineData("color!=", "a b c d")]
    public async Task Labels_select(string selector, string expected)
    {
        await MapAsync("a", labels: """{"color":"red","size":"1","test":"x"}""");
        await MapAsync("b", labels: """{"color":"red","size":"2","test":"x"}""");
        await MapAsync("c", labels: """{"color":"blue","test":"x"}""");
        await MapAsync("d", labels: """{"test":"x"}""");

        Answer list = (await GetAsync(Maps + "?labelSelector=" + Uri.EscapeDataString("test=x," + selector))).Expect(200);

        Assert.Equal(expected, string.Join(' ', Names(list)));
    }

    [Theory]
    [InlineData("labelSelector", "a=b=c")]
    [InlineData("labelSelector", "a in b")]
    [InlineData("labelSelector", "a in (b")]
    [InlineData("labelSelector", "a>b")]
    [InlineData("labelSelector", "a,")]
    [InlineData("labelSelector", "=a")]
    [InlineData("labelSelector", "-a=b")]
    [InlineData("labelSelector", "a=b c")]
    [InlineData("fieldSelector", "data.k=v")]
    [InlineData("fieldSelector", "metadata.name")]
    public async Task Selectors_that_make_no_sense_are_refused(string parameter, string selector) =>
        (await GetAsync(Maps + "?" + parameter + "=" + Uri.EscapeDataString(selector))).ExpectFailure(400, "BadRequest");

    [Fact]
    public async Task Fields_select()
    {
        await MapAsync("a");
        await MapAsync("b");
        string pods = $"/api/v1/namespaces/{Namespace}/pods";
        (await PostAsync(pods, StatefulSets.Pod("p"))).Expect(201);

        Assert.Equal(["a"], Names(await GetAsync(Maps + "?fieldSelector=metadata.name%3Da")));
        Assert.Equal(["b"], Names(await GetAsync(Maps + $"?fieldSelector=metadata.name!%3Da,metadata.namespace%3D{Namespace}&labelSelector=!x")).Where(name => name.Length == 1));
        Assert.Equal(["p"], Names(await GetAsync(pods + "?fieldSelector=status.phase%3DPending,spec.nodeName%3D")));
        Assert.Empty(Names(await GetAsync(pods + "?fieldSelector=status.phase%3DRunning")));
    }

    [Fact]
    public async Task All_namespaces_are_listed_together()
    {
        await MapAsync("a", labels: $$"""{"only":"{{Namespace}}"}""");

        Answer list = (await GetAsync("/api/v1/configmaps?labelSelector=only%3D" + Namespace)).Expect(200);

        Assert.Equal(["a"], Names(list));
        Assert.Equal(Namespace, list.Text("items.0.metadata.namespace"));
        Assert.Null(list["items.0.kind"]);
        Assert.Null(list["items.0.apiVersion"]);
    }

    [Fact]
    public async Task A_future_version_is_not_served()
    {
        Answer answer = await GetAsync(Maps + "?resourceVersion=99999999999&resourceVersionMatch=NotOlderThan");

        Assert.Equal(504, answer.Status);
        Assert.Equal("Timeout", answer.Text("reason"));
    }

    private static IEnumerable<string> Names(Answer list) => list.Expect(200).Body!["items"]!.AsArray().Select(item => (string)item!["metadata"]!["name"]!);
}

public sealed class ListOnLocalCluster(ContractServers servers) : ListContract(servers, ServerKind.Local);

public sealed class ListOnRealServer(ContractServers servers) : ListContract(servers, ServerKind.Real);

public sealed class ListOnNewerServer(ContractServers servers) : ListContract(servers, ServerKind.Newer);
