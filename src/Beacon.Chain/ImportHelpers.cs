using Beacon.Ssz;
using Beacon.Types;

namespace Beacon.Chain;

/// <summary>Blocks whose parent is unknown, bounded: when full, the block of the lowest slot goes. Thread-safe.</summary>
internal sealed class OrphanBlocks(int capacity)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<Root, List<SignedBeaconBlock>> _byParent = [];
    private readonly SortedSet<(ulong Slot, Root Root, Root Parent)> _order = [];

    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _order.Count;
            }
        }
    }

    public void Add(SignedBeaconBlock block)
    {
        (ulong, Root, Root) key = (block.Message.Slot.Value, block.Message.HashTreeRoot(), block.Message.ParentRoot);
        lock (_lock)
        {
            if (!_order.Add(key))
            {
                return;
            }

            if (!_byParent.TryGetValue(block.Message.ParentRoot, out List<SignedBeaconBlock>? siblings))
            {
                _byParent.Add(block.Message.ParentRoot, siblings = []);
            }

            siblings.Add(block);
            if (_order.Count > capacity)
            {
                Remove(_order.Min);
            }
        }
    }

    public IReadOnlyList<SignedBeaconBlock> Take(Root parent)
    {
        lock (_lock)
        {
            if (!_byParent.Remove(parent, out List<SignedBeaconBlock>? children))
            {
                return [];
            }

            foreach (SignedBeaconBlock child in children)
            {
                _order.Remove((child.Message.Slot.Value, child.Message.HashTreeRoot(), parent));
            }

            return children;
        }
    }

    public void ForgetBefore(ulong slot)
    {
        lock (_lock)
        {
            while (_order.Count > 0 && _order.Min.Slot < slot)
            {
                Remove(_order.Min);
            }
        }
    }

    private void Remove((ulong Slot, Root Root, Root Parent) key)
    {
        _order.Remove(key);
        List<SignedBeaconBlock> siblings = _byParent[key.Parent];
        siblings.RemoveAll(block => block.Message.HashTreeRoot() == key.Root);
        if (siblings.Count == 0)
        {
            _byParent.Remove(key.Parent);
        }
    }
}

/// <summary>The last roots that were added. Thread-safe.</summary>
internal sealed class RecentRoots(int capacity)
{
    private readonly Lock _lock = new();
    private readonly HashSet<Root> _roots = [];
    private readonly Queue<Root> _order = new();

    public bool Contains(Root root)
    {
        lock (_lock)
        {
            return _roots.Contains(root);
        }
    }

    public void Add(Root root)
    {
        lock (_lock)
        {
            if (!_roots.Add(root))
            {
                return;
            }

            _order.Enqueue(root);
            if (_order.Count > capacity)
            {
                _roots.Remove(_order.Dequeue());
            }
        }
    }
}

/// <summary>Messages that wait for a block to be imported, bounded. Thread-safe.</summary>
internal sealed class ImportWaiters(int capacity)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<Root, (TaskCompletionSource Signal, int Waiting)> _signals = [];
    private int _waiting;

    /// <summary>Waits until a block is imported or the time is over; true when it was imported.</summary>
    public async Task<bool> WaitAsync(Root root, TimeSpan timeout, TimeProvider time, CancellationToken cancellationToken)
    {
        Task signal;
        lock (_lock)
        {
            if (_waiting >= capacity)
            {
                return false;
            }

            _waiting++;
            (TaskCompletionSource source, int waiting) = _signals.TryGetValue(root, out (TaskCompletionSource Signal, int Waiting) known)
                ? known
                : (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), 0);
            _signals[root] = (source, waiting + 1);
            signal = source.Task;
        }

        try
        {
            await signal.WaitAsync(timeout, time, cancellationToken);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
        finally
        {
            lock (_lock)
            {
                _waiting--;
                if (_signals.TryGetValue(root, out (TaskCompletionSource Signal, int Waiting) left))
                {
                    if (left.Waiting <= 1)
                    {
                        _signals.Remove(root);
                    }
                    else
                    {
                        _signals[root] = left with { Waiting = left.Waiting - 1 };
                    }
                }
            }
        }
    }

    public void Complete(Root root)
    {
        lock (_lock)
        {
            if (_signals.Remove(root, out (TaskCompletionSource Signal, int Waiting) found))
            {
                found.Signal.TrySetResult();
            }
        }
    }
}
