using System.Text;
using Beacon.Ssz;
using Beacon.Types;

namespace Beacon.Genesis.Tests;

public sealed class DepositListTests
{
    [Fact]
    public void A_file_of_the_usual_tools_is_read()
    {
        DepositData[] deposits = GenesisBuilder.SignDeposits(GenesisSamples.Spec, GenesisSamples.Keys, GenesisSamples.Identity);
        string json = "[" + string.Join(',', deposits.Select(data => Entry(data, data.HashTreeRoot(), "00000001"))) + "]";
        Assert.Equal(deposits, DepositList.Parse(Encoding.UTF8.GetBytes(json), GenesisSamples.Spec));
    }

    [Fact]
    public void An_entry_that_contradicts_itself_or_is_for_another_network_is_refused_by_position()
    {
        DepositData data = GenesisBuilder.SignDeposits(GenesisSamples.Spec, GenesisSamples.Keys, GenesisSamples.Identity)[0];
        string good = Entry(data, data.HashTreeRoot(), "00000001");
        AssertRefused($"[{good},{Entry(data, Root.Zero, "00000001")}]", "Deposit 1 is damaged");
        AssertRefused($"[{Entry(data, data.HashTreeRoot(), "00000002")}]", "fork version");
        AssertRefused("[{\"pubkey\":\"zz\"}]", "pubkey");
        AssertRefused("[1]", "pubkey");
        AssertRefused("{}", "array");
        AssertRefused("[", "no JSON");
    }

    private static void AssertRefused(string json, string part)
    {
        GenesisException error = Assert.Throws<GenesisException>(() => DepositList.Parse(Encoding.UTF8.GetBytes(json), GenesisSamples.Spec));
        Assert.Contains(part, error.Message, StringComparison.Ordinal);
    }

    private static string Entry(DepositData data, Root root, string forkVersion) =>
        $$"""{"pubkey":"{{data.Pubkey.ToString()[2..]}}","withdrawal_credentials":"{{data.WithdrawalCredentials.ToString()[2..]}}","amount":{{data.Amount}},"signature":"{{data.Signature.ToString()[2..]}}","deposit_data_root":"{{root.ToString()[2..]}}","fork_version":"{{forkVersion}}","network_name":"x"}""";
}
