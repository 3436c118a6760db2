using System.Runtime.InteropServices;
using Beacon.Crypto;

namespace Beacon.StateTransition.Phase0;

/// <summary>When the signatures of a block are looked at.</summary>
public enum SignatureVerification
{
    /// <summary>Not at all: for blocks whose signatures were verified before, or that the node makes itself. Deposits' proofs of possession are still
    /// checked, for they decide what a deposit does, not whether a block is valid.</summary>
    None,

    /// <summary>Each on the spot, so that the first rule that is broken is the one reported.</summary>
    Individual,

    /// <summary>All together at the end, in one pairing product.</summary>
    Batch,
}

/// <summary>Takes the signatures a block asks to be valid, and verifies them now, together later, or not at all. For one block; not thread-safe.</summary>
public sealed class SignatureVerifier
{
    private readonly List<SignatureSet> _sets = [];
    private readonly List<InvalidReason> _reasons = [];
    private readonly SignatureVerification _mode;

    /// <summary>Makes a verifier.</summary>
    /// <param name="mode">When to verify.</param>
    /// <param name="trustDeposits">Also takes every deposit's proof of possession as valid, as the specification's own test mode without signatures does.</param>
    public SignatureVerifier(SignatureVerification mode, bool trustDeposits = false)
    {
        _mode = mode;
        TrustDeposits = trustDeposits;
    }

    /// <summary>Whether deposits are taken as signed.</summary>
    internal bool TrustDeposits { get; }

    /// <summary>Signatures collected so far.</summary>
    public ReadOnlySpan<SignatureSet> Sets => CollectionsMarshal.AsSpan(_sets);

    /// <summary>Demands that a signature is valid. The set is made only if it is needed.</summary>
    /// <exception cref="StateTransitionException">It is malformed, or is verified now and is wrong.</exception>
    internal void Require<T>(InvalidReason reason, T argument, Func<T, SignatureSet?> set)
    {
        if (_mode == SignatureVerification.None)
        {
            return;
        }

        if (set(argument) is not { } wanted || (_mode == SignatureVerification.Individual && !Bls.Verify(wanted.PublicKey, wanted.Message.Span, wanted.Signature)))
        {
            throw Invalid(reason);
        }

        if (_mode == SignatureVerification.Batch)
        {
            _sets.Add(wanted);
            _reasons.Add(reason);
        }
    }

    /// <summary>Verifies what was collected.</summary>
    /// <exception cref="StateTransitionException">Some signature is wrong; the reason is the first one's.</exception>
    public void VerifyCollected()
    {
        if (_sets.Count == 0 || Bls.VerifyBatch(Sets))
        {
            return;
        }

        int[] invalid = Bls.FindInvalid(Sets);
        throw Invalid(invalid.Length > 0 ? _reasons[invalid[0]] : InvalidReason.SignatureBatch);
    }

    private static StateTransitionException Invalid(InvalidReason reason) => new(reason, $"A signature is not valid: {reason}.");
}
