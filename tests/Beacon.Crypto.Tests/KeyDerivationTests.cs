using System.Numerics;
using Beacon.Crypto.Keys;

namespace Beacon.Crypto.Tests;

public sealed class KeyDerivationTests
{
    /// <summary>Test cases 0 to 3 of EIP-2333.</summary>
    public static TheoryData<string, string, uint, string> Official => new()
    {
        {
            "c55257c360c07c72029aebc1b53c05ed0362ada38ead3e3e9efa3708e53495531f09a6987599d18264c1e1c92f2cf141630c7a3c4ab7c81b2f001698e7463b04",
            "6083874454709270928345386274498605044986640685124978867557563392430687146096", 0,
            "20397789859736650942317412262472558107875392172444076792671091975210932703118"
        },
        {
            "3141592653589793238462643383279502884197169399375105820974944592",
            "29757020647961307431480504535336562678282505419141012933316116377660817309383", 3141592653,
            "25457201688850691947727629385191704516744796114925897962676248250929345014287"
        },
        {
            "0099FF991111002299DD7744EE3355BBDD8844115566CC55663355668888CC00",
            "27580842291869792442942448775674722299803720648445448686099262467207037398656", 4294967295,
            "29358610794459428860402234341874281240803786294062035874021252734817515685787"
        },
        {
            "d4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3",
            "19022158461524446591288038168518313374041767046816487870552872741050760015818", 42,
            "31372231650479070279774297061823572166496564838472787488249775572789064611981"
        },
    };

    [Theory]
    [MemberData(nameof(Official))]
    public void The_cases_of_EIP_2333_derive_as_published(string seed, string master, uint index, string child)
    {
        using SecretKey root = KeyDerivation.DeriveMaster(Convert.FromHexString(seed));
        Assert.Equal(BigInteger.Parse(master), Number(root));
        using SecretKey derived = KeyDerivation.DeriveChild(root, index);
        Assert.Equal(BigInteger.Parse(child), Number(derived));
        using SecretKey byPath = KeyDerivation.Derive(Convert.FromHexString(seed), $"m/{index}");
        Assert.Equal(BigInteger.Parse(child), Number(byPath));
    }

    [Fact]
    public void The_first_case_of_EIP_2333_follows_from_its_mnemonic()
    {
        var mnemonic = Mnemonic.Parse("abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about");
        Assert.Equal(
            "c55257c360c07c72029aebc1b53c05ed0362ada38ead3e3e9efa3708e53495531f09a6987599d18264c1e1c92f2cf141630c7a3c4ab7c81b2f001698e7463b04",
            Convert.ToHexStringLower(mnemonic.ToSeed("TREZOR")));
    }

    [Fact]
    public void Paths_of_signing_and_withdrawal_keys_are_those_of_EIP_2334()
    {
        Assert.Equal("m/12381/3600/7/0/0", KeyDerivation.SigningPath(7));
        Assert.Equal("m/12381/3600/7/0", KeyDerivation.WithdrawalPath(7));
        Assert.Equal([12381u, 3600u, 7u, 0u, 0u], KeyDerivation.ParsePath("m/12381/3600/7/0/0"));
        Assert.Empty(KeyDerivation.ParsePath("m"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("n/1")]
    [InlineData("m/")]
    [InlineData("m/1'")]
    [InlineData("m/-1")]
    [InlineData("m/4294967296")]
    [InlineData("m/1 ")]
    public void Malformed_paths_are_refused(string path) => Assert.Throws<FormatException>(() => KeyDerivation.ParsePath(path));

    [Fact]
    public void A_short_seed_is_refused() => Assert.Throws<ArgumentException>(() => KeyDerivation.DeriveMaster(new byte[31]));

    private static BigInteger Number(SecretKey key) => new(key.ToBytes(), isUnsigned: true, isBigEndian: true);
}
