using System.CommandLine;
using System.Text;
using System.Text.Json;
using Fleet.Api;
using Fleet.Cli.Common;
using Fleet.Cli.Compare;
using Fleet.Cli.Rollout;
using Fleet.Kubernetes;
using Fleet.Kubernetes.Models;
using Fleet.Planning.Canary.Report;
using Microsoft.Extensions.Time.Testing;
using TestKit;

namespace Fleet.Cli.Tests;

/// <summary>What the verbs of <c>fleet rollout</c> do to objects of an API server, and what they say.</summary>
public sealed class RolloutVerbTests(ClusterFixture cluster) : IClassFixture<ClusterFixture>, IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new(RolloutCases.Now);
    private readonly SharedText _output = new();
    private string _namespace = "";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _namespace = await cluster.NamespaceAsync();

    public async ValueTask DisposeAsync() => await _output.DisposeAsync();

    [Fact]
    public async Task All_of_a_namespace_are_listed_the_latest_first()
    {
        await CreateAsync("succeeded", number: 9);
        await CreateAsync("awaiting-approval", number: 10);

        Assert.Equal(ExitCodes.Ok, await Session().ListAsync(Token));
        string[] lines = _output.ToString().TrimEnd().Split('\n');
        Assert.Equal("NAME TESTNET TO PHASE WAVE SCORE DECISION AGE", Words(lines[0]));
        Assert.StartsWith("devnet-r10 devnet beacon:1.5.0-rc1 AwaitingApproval - 77.00 - ", Words(lines[1]), StringComparison.Ordinal);
        Assert.StartsWith("devnet-r9 devnet beacon:1.5.0-rc1 Succeeded 4/4 77.00 Approve ", Words(lines[2]), StringComparison.Ordinal);
        Assert.Equal(3, lines.Length);
    }

    [Fact]
    public async Task None_is_said_and_an_empty_list_as_data()
    {
        Assert.Equal(ExitCodes.Ok, await Session().ListAsync(Token));
        Assert.Equal($"No roll-outs in namespace {_namespace}; one begins when spec.image of a testnet changes.\n", _output.ToString());

        _output.Clear();
        await Session(OutputFormat.Json).ListAsync(Token);
        Assert.Empty(JsonDocument.Parse(_output.ToString()).RootElement.GetProperty("items").EnumerateArray());
    }

    [Fact]
    public async Task A_testnet_means_its_latest_and_lists_those_before()
    {
        await CreateAsync("succeeded", number: 9);
        CanaryRollout latest = await CreateAsync("awaiting-approval", number: 10);
        await KeepEvidenceAsync(latest);

        Assert.Equal(ExitCodes.Ok, await Session().ShowAsync("devnet", follow: false, Token));
        string text = _output.ToString();
        Assert.StartsWith("devnet-r10: AwaitingApproval since ", text, StringComparison.Ordinal);
        Assert.Contains("(weight 62.5 %)", text, StringComparison.Ordinal);
        Assert.Contains("Earlier roll-outs of devnet:\nNAME ", text, StringComparison.Ordinal);
        Assert.Contains("\ndevnet-r9 ", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_roll_out_is_shown_by_its_name_and_as_data()
    {
        await CreateAsync("succeeded", number: 9);
        await CreateAsync("awaiting-approval", number: 10);

        await Session(OutputFormat.Json).ShowAsync("devnet-r9", follow: false, Token);
        JsonElement data = JsonDocument.Parse(_output.ToString()).RootElement;
        Assert.Equal(("CanaryRollout", "devnet-r9"), (data.GetProperty("kind").GetString(), data.GetProperty("metadata").GetProperty("name").GetString()));
        Assert.Equal(77, data.GetProperty("status").GetProperty("score").GetDouble());

        _output.Clear();
        await Session(OutputFormat.Yaml).ShowAsync("devnet", follow: false, Token);
        Assert.Contains("name: devnet-r10", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_not_there_is_said()
    {
        await FailsAsync(
            $"There is no roll-out and no testnet devnet in namespace {_namespace}; 'fleet rollout get' lists roll-outs.", () => Session().ShowAsync("devnet", follow: false, Token));

        await CreateTestnetAsync();
        await FailsAsync("Testnet devnet has had no roll-out yet; one begins when its spec.image changes.", () => Session().ShowAsync("devnet", follow: false, Token));
    }

    [Theory]
    [InlineData(RolloutDecisions.Approve, "devnet-r3 goes on with beacon:1.5.0-rc1 in spite of its score.\n")]
    [InlineData(RolloutDecisions.Reject, "devnet-r3 ends: the pair goes back to beacon:1.4.0.\n")]
    [InlineData(RolloutDecisions.Abort, "devnet-r3 ends: the pair goes back to beacon:1.4.0.\n")]
    public async Task A_decision_is_set_once_and_the_same_again_is_no_change(string decision, string sentence)
    {
        await CreateAsync("awaiting-approval");

        Assert.Equal(ExitCodes.Ok, await Session().DecideAsync("devnet", decision, follow: false, Token));
        Assert.Equal(sentence, _output.ToString());
        CanaryRollout decided = await GetAsync();
        Assert.Equal(decision, decided.Spec.Decision);

        Assert.Equal(ExitCodes.Ok, await Session().DecideAsync("devnet-r3", decision, follow: false, Token));
        Assert.EndsWith($"devnet-r3 has that decision already ({decision}); it is AwaitingApproval.\n", _output.ToString(), StringComparison.Ordinal);
        Assert.Equal(decided.Metadata.ResourceVersion, (await GetAsync()).Metadata.ResourceVersion);

        string other = decision == RolloutDecisions.Abort ? RolloutDecisions.Approve : RolloutDecisions.Abort;
        await FailsAsync(
            $"devnet-r3 was decided already ({decision}), and a decision cannot be changed; set spec.image of testnet devnet to beacon:1.4.0 or to beacon:1.5.0-rc1 to have it otherwise.",
            () => Session().DecideAsync("devnet-r3", other, follow: false, Token));
    }

    [Fact]
    public async Task An_approval_before_the_question_says_when_it_counts()
    {
        await CreateAsync("analyzing");

        Assert.Equal(ExitCodes.Ok, await Session().DecideAsync("devnet", RolloutDecisions.Approve, follow: false, Token));
        Assert.Equal("devnet-r3 is Analyzing and asks nobody yet; the approval counts as soon as it does, and cannot be taken back.\n", _output.ToString());
        Assert.Equal(RolloutDecisions.Approve, (await GetAsync()).Spec.Decision);
    }

    [Fact]
    public async Task An_approval_of_what_nobody_is_asked_does_not_spend_the_decision()
    {
        CanaryRollout rollout = await CreateAsync("promoting");

        await FailsAsync(
            "devnet-r3 is Promoting, where nobody is asked, so there is nothing to approve; 'fleet rollout abort devnet-r3' would end it.",
            () => Session().DecideAsync("devnet", RolloutDecisions.Approve, follow: false, Token));
        Assert.Equal(rollout.Metadata.ResourceVersion, (await GetAsync()).Metadata.ResourceVersion);

        await Session().DecideAsync("devnet", RolloutDecisions.Abort, follow: false, Token);
        Assert.Equal("devnet-r3 ends: every node goes back to beacon:1.4.0.\n", _output.ToString());
    }

    [Fact]
    public async Task What_has_ended_is_not_decided()
    {
        await CreateAsync("stopped");

        await FailsAsync("Testnet devnet has no active roll-out; the last, devnet-r3, ended as Stopped.", () => Session().DecideAsync("devnet", RolloutDecisions.Approve, follow: false, Token));
        await FailsAsync(
            "devnet-r3 has ended as Stopped and cannot be decided any more; 'fleet rollout get devnet' shows the latest roll-out.",
            () => Session().DecideAsync("devnet-r3", RolloutDecisions.Approve, follow: false, Token));
        Assert.Null((await GetAsync()).Spec.Decision);
    }

    [Fact]
    public async Task Progress_of_the_operator_meanwhile_is_looked_at_again()
    {
        await CreateAsync("analyzing");
        cluster.BeforePatch = () => ChangeAsync(RolloutCases.Judged(RolloutPhases.AwaitingApproval));

        Assert.Equal(ExitCodes.Ok, await Session().DecideAsync("devnet", RolloutDecisions.Approve, follow: false, Token));
        Assert.Equal("devnet-r3 goes on with beacon:1.5.0-rc1 in spite of its score.\n", _output.ToString());
    }

    [Fact]
    public async Task A_roll_out_that_ends_meanwhile_is_not_decided()
    {
        await CreateAsync("analyzing");
        cluster.BeforePatch = () => ChangeAsync(RolloutCases.Status(RolloutPhases.Stopped, "devnet-canary-0 restarted twice."));

        await FailsAsync(
            "devnet-r3 has ended as Stopped and cannot be decided any more; 'fleet rollout get devnet' shows the latest roll-out.",
            () => Session().DecideAsync("devnet", RolloutDecisions.Approve, follow: false, Token));
    }

    [Fact]
    public async Task A_roll_out_of_the_same_name_is_another_one()
    {
        CanaryRollout rollout = await CreateAsync("analyzing");
        cluster.BeforePatch = async () =>
        {
            await cluster.Client.DeleteAsync<CanaryRollout>(ObjectKey.Of(rollout), null, Token);
            await CreateAsync("analyzing");
        };

        await FailsAsync("devnet-r3 was deleted; 'fleet rollout get' lists what there is.", () => Session().DecideAsync("devnet", RolloutDecisions.Abort, follow: false, Token));
        Assert.Null((await GetAsync()).Spec.Decision);
    }

    [Fact]
    public async Task Following_prints_a_line_per_change_until_it_ends()
    {
        await CreateAsync("analyzing");
        Task<int> following = Session().ShowAsync("devnet", follow: true, Token);
        await SaidAsync("devnet-r3 Analyzing: The pair is compared.");

        await ChangeAsync(RolloutCases.Judged(RolloutPhases.Promoting, status => status.Waves = new WaveStatus { Current = 1, Total = 4, Summary = "1/4" }));
        await SaidAsync("devnet-r3 Promoting, wave 1/4, score 77.00: Score 77.00");
        await ChangeAsync(RolloutCases.Judged(RolloutPhases.Succeeded, status => status.Message = "It stays."));

        Assert.Equal(ExitCodes.Ok, await following);
        string[] lines = _output.ToString().Split('\n');
        Assert.All(lines[..3], line => Assert.StartsWith("01:30:00  devnet-r3 ", line, StringComparison.Ordinal));
        Assert.Equal("01:30:00  devnet-r3 Succeeded, score 77.00: It stays.", lines[2]);
        Assert.StartsWith("devnet-r3: Succeeded since ", lines[3], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Following_outlives_its_watch()
    {
        await CreateAsync("analyzing");
        Task<int> following = Session().ShowAsync("devnet", follow: true, Token);
        await SaidAsync("devnet-r3 Analyzing");
        cluster.ExpireNextWatch();
        await ChangeAsync(RolloutCases.Judged(RolloutPhases.Baking));
        await SaidAsync("devnet-r3 Baking");
        await ChangeAsync(RolloutCases.Judged(RolloutPhases.Succeeded));

        Assert.Equal(ExitCodes.Ok, await following);
    }

    [Theory]
    [InlineData("awaiting-approval")]
    [InlineData("stopped")]
    public async Task Following_ends_with_a_question_or_an_end_that_is_no_success(string phase)
    {
        await CreateAsync(phase);

        Assert.Equal(ExitCodes.Failed, await Session().ShowAsync("devnet", follow: true, Token));
    }

    [Fact]
    public async Task An_answer_is_followed_beyond_the_question()
    {
        await CreateAsync("awaiting-approval");
        Task<int> following = Session().DecideAsync("devnet", RolloutDecisions.Approve, follow: true, Token);
        await SaidAsync("01:30:00  devnet-r3 AwaitingApproval");
        await ChangeAsync(RolloutCases.Judged(RolloutPhases.Succeeded));

        Assert.Equal(ExitCodes.Ok, await following);
    }

    [Fact]
    public async Task An_abort_that_is_followed_is_done_when_it_is_back()
    {
        await CreateAsync("promoting");
        Task<int> following = Session().DecideAsync("devnet", RolloutDecisions.Abort, follow: true, Token);
        await SaidAsync("01:30:00  devnet-r3 Promoting");
        await ChangeAsync(RolloutCases.Judged(RolloutPhases.RolledBack));

        Assert.Equal(ExitCodes.Ok, await following);
    }

    [Fact]
    public async Task Following_what_is_deleted_fails()
    {
        CanaryRollout rollout = await CreateAsync("analyzing");
        Task<int> following = Session().ShowAsync("devnet", follow: true, Token);
        await SaidAsync("devnet-r3 Analyzing");
        await cluster.Client.DeleteAsync<CanaryRollout>(ObjectKey.Of(rollout), null, Token);

        await FailsAsync("devnet-r3 was deleted; 'fleet rollout get' lists what there is.", () => following);
    }

    [Fact]
    public async Task Following_lasts_as_long_as_it_may()
    {
        await CreateAsync("analyzing");
        Task<int> following = Session(limit: TimeSpan.FromHours(2)).ShowAsync("devnet", follow: true, Token);
        await SaidAsync("devnet-r3 Analyzing");
        _time.Advance(TimeSpan.FromHours(2));

        CliException late = await Assert.ThrowsAsync<CliException>(() => following);
        Assert.Equal((ExitCodes.TimedOut, "After 2h, devnet-r3 has not ended; give a longer --timeout, or see 'fleet rollout get'."), (late.ExitCode, late.Message));
    }

    [Fact]
    public async Task An_interrupt_is_none_of_its_errors()
    {
        await CreateAsync("analyzing");
        using var interrupt = new CancellationTokenSource();
        Task<int> following = Session(limit: TimeSpan.FromHours(2)).ShowAsync("devnet", follow: true, interrupt.Token);
        await SaidAsync("devnet-r3 Analyzing");
        await interrupt.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => following);
    }

    [Fact]
    public async Task A_retry_changes_the_annotation_each_time()
    {
        await CreateTestnetAsync(new RejectedImage { Image = RolloutCases.Newer, Rollout = "devnet-r3" });

        Assert.Equal(ExitCodes.Ok, await Session().RetryAsync("devnet", follow: false, Token));
        Assert.Equal("Testnet devnet forgets that it refused beacon:1.5.0-rc1; if spec.image still asks for it, a new roll-out begins.\n", _output.ToString());
        string? first = (await GetTestnetAsync()).Metadata.Annotations?[Annotations.Retry];
        Assert.Equal("2027-01-01T01:30:00.0000000Z", first);

        _time.Advance(TimeSpan.FromMilliseconds(1));
        await Session().RetryAsync("devnet", follow: false, Token);
        Assert.NotEqual(first, (await GetTestnetAsync()).Metadata.Annotations?[Annotations.Retry]);
    }

    [Fact]
    public async Task A_retry_that_is_followed_waits_for_the_new_roll_out()
    {
        await CreateTestnetAsync(new RejectedImage { Image = RolloutCases.Newer, Rollout = "devnet-r3" });
        await CreateAsync("stopped");
        Task<int> following = Session().RetryAsync("devnet", follow: true, Token);
        await SaidAsync("Testnet devnet forgets");
        await CreateAsync("succeeded", number: 4);

        Assert.Equal(ExitCodes.Ok, await following);
        Assert.Contains("devnet-r4 Succeeded", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_refused_is_nothing_to_retry()
    {
        await FailsAsync($"There is no testnet devnet in namespace {_namespace}; 'kubectl get testnets -A' lists all.", () => Session().RetryAsync("devnet", follow: false, Token));

        await CreateTestnetAsync();
        await FailsAsync(
            "Testnet devnet refuses no image, so there is nothing to try again; a roll-out begins when its spec.image changes.", () => Session().RetryAsync("devnet", follow: false, Token));
        Assert.Null((await GetTestnetAsync()).Metadata.Annotations?.GetValueOrDefault(Annotations.Retry));
    }

    [Theory]
    [InlineData("html")]
    [InlineData("md")]
    [InlineData("json")]
    public async Task A_report_is_written_from_the_evidence(string format)
    {
        await KeepEvidenceAsync(await CreateAsync("awaiting-approval"));
        string file = Path.Combine(Path.GetTempPath(), $"fleet-report-{Guid.NewGuid():N}");
        try
        {
            Assert.Equal(ExitCodes.Ok, await RunAsync("report", "devnet", "-o", format, "--file", file));
            string expected = format switch
            {
                "html" => HtmlReport.Write(RolloutCases.Verdict()),
                "md" => MarkdownReport.Write(RolloutCases.Verdict()),
                _ => JsonSerializer.Serialize(VerdictDocument.Of(RolloutCases.Verdict()), CompareJson.Default.VerdictDocument) + "\n",
            };
            Assert.Equal(expected, await File.ReadAllTextAsync(file, Token));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task No_verdict_is_said()
    {
        await CreateAsync("analyzing");
        await FailsAsync("devnet-r3 has no verdict yet; it is Analyzing: The pair is compared. 'fleet rollout get devnet-r3 -w' follows it.", () => RunAsync("report", "devnet"));

        await ChangeAsync(RolloutCases.Status(RolloutPhases.Stopped, "devnet-canary-0 restarted twice."));
        await FailsAsync("devnet-r3 ended as Stopped without a verdict: devnet-canary-0 restarted twice; 'fleet rollout get devnet-r3' tells what is known.", () => RunAsync("report", "devnet"));

        await ChangeAsync(RolloutCases.Judged(RolloutPhases.AwaitingApproval, status => status.Evidence = "devnet-r3-evidence"));
        await FailsAsync("The evidence of devnet-r3, ConfigMap devnet-r3-evidence, is gone; 'fleet rollout get devnet-r3' has the numbers of its verdict.", () => RunAsync("report", "devnet"));

        await CreateEvidenceAsync([1, 2, 3]);
        await FailsAsync("ConfigMap devnet-r3-evidence holds no verdict that this version reads; use the version of fleet that belongs to the operator.", () => RunAsync("report", "devnet"));

        // Without it the tree still has the numbers of the status.
        await Session().ShowAsync("devnet", follow: false, Token);
        Assert.Contains("✘ resident-memory        80.0 MiB → 130.0 MiB  ×1.63 (bound ×1.10)", _output.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--watch follows one roll-out; name it, or its testnet.", "get", "-w")]
    [InlineData("--timeout limits --watch; give -w as well, or leave it out.", "get", "devnet", "--timeout", "2h")]
    [InlineData("--timeout is 'soon', which is no duration such as 90s or 2h.", "approve", "devnet", "-w", "--timeout", "soon")]
    [InlineData("--file: there is no directory /nowhere/at/all; create it, or name another.", "report", "devnet", "--file", "/nowhere/at/all/report.html")]
    public async Task Bad_usage_is_told(string sentence, params string[] words)
    {
        CliException failure = await Assert.ThrowsAsync<CliException>(() => RunAsync(words));

        Assert.Equal((ExitCodes.BadInput, sentence), (failure.ExitCode, failure.Message));
    }

    [Theory]
    [InlineData("-o is 'pdf'; it must be one of html, md, json.", "report", "devnet", "-o", "pdf")]
    [InlineData("--output is '1'; it must be one of text, json, yaml.", "get", "--output", "1")]
    public void A_word_that_is_none_is_refused_with_those_that_are(string sentence, params string[] words) =>
        Assert.Equal([sentence], RolloutCommand.Create().Parse(words).Errors.Select(error => error.Message));

    [Fact]
    public async Task Verbs_find_the_server_and_the_namespace_by_their_options()
    {
        await CreateAsync("awaiting-approval");

        Assert.Equal(ExitCodes.Ok, await RunAsync("reject", "devnet"));
        Assert.Equal(RolloutDecisions.Reject, (await GetAsync()).Spec.Decision);
    }

    private RolloutSession Session(OutputFormat format = OutputFormat.Text, TimeSpan? limit = null) =>
        new(cluster.Client, _namespace, format, limit, _time, _output);

    private Task<int> RunAsync(params string[] words)
    {
        ParseResult parsed = RolloutCommand.Create().Parse([.. words, "--kubeconfig", cluster.KubeconfigPath, "-n", _namespace]);
        Assert.Empty(parsed.Errors);
        return parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null }, Token);
    }

    private static async Task FailsAsync(string sentence, Func<Task<int>> verb)
    {
        CliException failure = await Assert.ThrowsAsync<CliException>(verb);
        Assert.Equal((ExitCodes.Failed, sentence), (failure.ExitCode, failure.Message));
    }

    private Task SaidAsync(string text) => Eventually.TrueAsync(() => _output.ToString().Contains(text, StringComparison.Ordinal), () => $"\"{text}\" is printed, but: {_output}", TimeSpan.FromSeconds(30), Token);

    private async Task<CanaryRollout> CreateAsync(string phase, int number = 3)
    {
        CanaryRollout sample = RolloutCases.Phases[phase];
        var rollout = new CanaryRollout
        {
            Metadata = new ObjectMeta { Name = Names.Rollout("devnet", number), Namespace = _namespace, Labels = new Dictionary<string, string> { [Labels.Testnet] = "devnet" } },
            Spec = new CanaryRolloutSpec { Testnet = "devnet", From = sample.Spec.From, To = sample.Spec.To, Iteration = 1, Number = number, Decision = phase is "promoting" ? null : sample.Spec.Decision },
        };
        rollout = await cluster.Client.CreateAsync(rollout, null, Token);
        rollout.Status = sample.Status;
        return await cluster.Client.UpdateStatusAsync(rollout, null, Token);
    }

    private async Task ChangeAsync(CanaryRolloutStatus status)
    {
        CanaryRollout rollout = await GetAsync();
        rollout.Status = status;
        await cluster.Client.UpdateStatusAsync(rollout, null, Token);
    }

    private async Task KeepEvidenceAsync(CanaryRollout rollout)
    {
        rollout.Status!.Evidence = Names.RolloutEvidence(rollout.Metadata.Name!);
        await cluster.Client.UpdateStatusAsync(rollout, null, Token);
        await CreateEvidenceAsync(VerdictEvidence.Write(RolloutCases.Verdict()), rollout.Status.Evidence);
    }

    private Task CreateEvidenceAsync(byte[] data, string name = "devnet-r3-evidence") => cluster.Client.CreateAsync(
        new ConfigMap
        {
            Metadata = new ObjectMeta { Name = name, Namespace = _namespace },
            BinaryData = new Dictionary<string, byte[]> { [VerdictEvidence.Key] = data },
            Immutable = true,
        },
        null,
        Token);

    private Task<CanaryRollout> GetAsync() => cluster.Client.GetAsync<CanaryRollout>(new ObjectKey(_namespace, "devnet-r3"), Token);

    private Task<Testnet> GetTestnetAsync() => cluster.Client.GetAsync<Testnet>(new ObjectKey(_namespace, "devnet"), Token);

    private async Task CreateTestnetAsync(params RejectedImage[] rejected)
    {
        Testnet testnet = await cluster.Client.CreateAsync(
            new Testnet
            {
                Metadata = new ObjectMeta { Name = "devnet", Namespace = _namespace },
                Spec = new TestnetSpec { Image = RolloutCases.Newer, Pools = [new PoolSpec { Name = "eu", Replicas = 2 }] },
            },
            null,
            Token);
        testnet.Status = new TestnetStatus { Images = new ImageStatus { Stable = RolloutCases.Stable, Rejected = [.. rejected] } };
        await cluster.Client.UpdateStatusAsync(testnet, null, Token);
    }

    private static string Words(string line) => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    /// <summary>Text that one task writes while another reads.</summary>
    private sealed class SharedText : TextWriter
    {
        private readonly Lock _lock = new();
        private readonly StringBuilder _text = new();

        public SharedText() => NewLine = "\n";

        public override Encoding Encoding => Encoding.UTF8;

        public override void Write(char value)
        {
            lock (_lock)
            {
                _text.Append(value);
            }
        }

        public void Clear()
        {
            lock (_lock)
            {
                _text.Clear();
            }
        }

        public override string ToString()
        {
            lock (_lock)
            {
                return _text.ToString();
            }
        }
    }
}
