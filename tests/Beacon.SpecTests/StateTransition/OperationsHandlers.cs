using Beacon.SpecTests.Runner;
using Beacon.StateTransition.Phase0;
using Beacon.Types;

namespace Beacon.SpecTests.StateTransition;

/// <summary>One operation on a state.</summary>
public sealed class OperationsHandlers : ISpecHandlers
{
    /// <inheritdoc/>
    public string Runner => "operations";

    /// <inheritdoc/>
    public SpecHandler? Find(string handler) => handler switch
    {
        "attestation" => Operation("attestation", Attestation.Deserialize, BlockProcessing.ProcessAttestation),
        "attester_slashing" => Operation("attester_slashing", AttesterSlashing.Deserialize, BlockProcessing.ProcessAttesterSlashing),
        "proposer_slashing" => Operation("proposer_slashing", ProposerSlashing.Deserialize, BlockProcessing.ProcessProposerSlashing),
        "deposit" => Operation("deposit", Deposit.Deserialize, BlockProcessing.ProcessDeposit),
        "voluntary_exit" => Operation("voluntary_exit", SignedVoluntaryExit.Deserialize, BlockProcessing.ProcessVoluntaryExit),
        "block_header" => Operation("block", BeaconBlock.Deserialize, static (state, block, _) => BlockProcessing.ProcessBlockHeader(state, block)),
        _ => null,
    };

    private delegate T Decode<T>(ReadOnlySpan<byte> data);

    private static SpecHandler Operation<T>(string file, Decode<T> decode, Action<CachedBeaconState, T, SignatureVerifier> process) => specCase =>
    {
        T operation = decode(specCase.ReadSsz(file));
        StateCases.Run(specCase, (state, mode) => Transition.Checked(state, StateCases.Verifier(mode), (state, verifier) =>
        {
            process(state, operation, verifier);
            verifier.VerifyCollected();
        }));
    };
}
