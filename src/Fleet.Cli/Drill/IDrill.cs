namespace Fleet.Cli.Drill;

/// <summary>One kind of harm that a user can do to a local fleet to see what becomes of it.</summary>
internal interface IDrill
{
    /// <summary>The word on the command line.</summary>
    string Name { get; }

    /// <summary>What comes after the word, for help texts.</summary>
    string Arguments { get; }

    /// <summary>What it does, in one sentence.</summary>
    string Description { get; }

    /// <summary>Whether <c>undo</c> gives back what it took.</summary>
    bool CanBeUndone { get; }

    /// <summary>Whether it takes what neither <c>undo</c> nor the operator gives back, so that a person must confirm it.</summary>
    bool DestroysForEver => false;

    /// <summary>Whether it lasts only while its command runs.</summary>
    bool NeedsHolder => false;

    /// <summary>Whether only root may do it.</summary>
    bool NeedsRoot => false;

    /// <summary>Whom it would hit and what <c>undo</c> will need to know. Nothing is done.</summary>
    /// <exception cref="Common.CliException">The arguments fit no node, or the testnet does not allow it.</exception>
    DrillRecord Plan(DrillTarget target, DrillRequest request);

    /// <summary>Does it; the record is on disk already.</summary>
    Task StartAsync(DrillRecord record, DrillTarget target, DrillTools tools, CancellationToken cancellationToken);

    /// <summary>Does it again where it wore off, every second while the command runs.</summary>
    Task HoldAsync(DrillRecord record, DrillTarget target, DrillTools tools, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Reverts what can be; whatever is reverted already is no error.</summary>
    Task UndoAsync(DrillRecord record, DrillTools tools, CancellationToken cancellationToken);
}

/// <summary>What the command line asks of a drill.</summary>
/// <param name="Arguments">Words after the drill's name.</param>
/// <param name="Offset">Value of <c>--offset</c>; null: not given.</param>
/// <param name="Id">Number that the drill gets.</param>
/// <param name="Tables">What the names of nftables tables of this fleet begin with.</param>
/// <param name="Now">The time.</param>
internal sealed record DrillRequest(IReadOnlyList<string> Arguments, TimeSpan? Offset, int Id, string Tables, DateTimeOffset Now)
{
    /// <summary>A record without anything to undo yet.</summary>
    public DrillRecord Record(IDrill drill, DrillTarget target, IEnumerable<DrillNode> nodes) => new()
    {
        Id = Id,
        Drill = drill.Name,
        Testnet = target.Name,
        Namespace = target.Namespace,
        StartedAt = Now,
        Nodes = [.. nodes.Select(node => node.Name)],
        Keys = nodes.Sum(node => node.Keys),
        TotalKeys = target.TotalKeys,
    };
}

/// <summary>What drills work with.</summary>
/// <param name="Client">The fleet's API server.</param>
/// <param name="DataDirectory">Where the fleet lives.</param>
/// <param name="Machine">Processes and firewall.</param>
/// <param name="Time">The clock.</param>
internal sealed record DrillTools(Kubernetes.IKubernetesClient Client, string DataDirectory, IMachine Machine, TimeProvider Time)
{
    private readonly Dictionary<int, IAsyncDisposable> _kept = [];

    /// <summary>Keeps what a drill needs in this process until the drill ends.</summary>
    public void Keep(int drill, IAsyncDisposable value) => _kept[drill] = value;

    /// <summary>Ends what a drill has in this process, if anything.</summary>
    public async Task ReleaseAsync(int drill)
    {
        if (_kept.Remove(drill, out IAsyncDisposable? value))
        {
            await value.DisposeAsync();
        }
    }
}
