using Fleet.Api;

namespace Fleet.Planning.Children;

/// <summary>The record of an attempt to move a testnet to another image.</summary>
public static class RolloutBuilder
{
    /// <summary>A roll-out that has not begun.</summary>
    /// <param name="testnet">The testnet.</param>
    /// <param name="iteration">Iteration that runs.</param>
    /// <param name="number">Number of the attempt. Whoever decides from the same knowledge names it alike, so that it is made once.</param>
    /// <param name="from">Image of the nodes.</param>
    /// <param name="to">Image that is wanted.</param>
    public static CanaryRollout Build(Testnet testnet, int iteration, int number, string from, string to) => new()
    {
        Metadata = ChildMetadata.Of(testnet, Names.Rollout(testnet.Metadata.Name!, number), "rollout", iteration),
        Spec = new CanaryRolloutSpec
        {
            Testnet = testnet.Metadata.Name!,
            From = from,
            To = to,
            Iteration = iteration,
            Number = number,
            Retry = testnet.Metadata.Annotations?.GetValueOrDefault(Annotations.Retry),
        },
    };
}
