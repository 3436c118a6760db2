using System.Collections.Concurrent;
using Fleet.Kubernetes.Models;
using Fleet.Planning.Recovery;

namespace Fleet.Operator.Gathering;

/// <summary>What is remembered of each testnet's chain from one pass to the next.</summary>
/// <remarks>A pass whose writes failed is as if it had not been: only what was done is remembered. What outlives the operator is in a ConfigMap.</remarks>
internal sealed class Histories
{
    private readonly ConcurrentDictionary<ObjectKey, (string Uid, RecoveryHistory History)> _histories = new();

    /// <summary>Testnets of which something is remembered.</summary>
    public int Count => _histories.Count;

    /// <summary>What is remembered of a testnet; null: nothing, or it was another one of the name.</summary>
    public RecoveryHistory? Find(ObjectKey testnet, string uid) => _histories.TryGetValue(testnet, out (string Uid, RecoveryHistory History) kept) && kept.Uid == uid ? kept.History : null;

    /// <summary>Keeps what the next pass is to remember.</summary>
    public void Keep(ObjectKey testnet, string uid, RecoveryHistory? history)
    {
        if (history is null)
        {
            Forget(testnet);
        }
        else
        {
            _histories[testnet] = (uid, history);
        }
    }

    /// <summary>There is no such testnet any more.</summary>
    public void Forget(ObjectKey testnet) => _histories.TryRemove(testnet, out _);

    /// <summary>Forgets everything: who leads next knows better.</summary>
    public void Clear() => _histories.Clear();
}
