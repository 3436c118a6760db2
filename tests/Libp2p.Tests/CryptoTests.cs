using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using Libp2p.Crypto;
using Libp2p.Multiformats;

namespace Libp2p.Tests;

public sealed class CryptoTests
{
    [Fact]
    public void X25519_agrees_with_RFC_7748()
    {
        byte[] alice = Convert.FromHexString("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a");
        byte[] bob = Convert.FromHexString("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb");
        Assert.Equal("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a", Convert.ToHexStringLower(X25519.PublicKey(alice)));
        Assert.Equal("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f", Convert.ToHexStringLower(X25519.PublicKey(bob)));
        const string Shared = "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742";
        Assert.Equal(Shared, Convert.ToHexStringLower(X25519.SharedSecret(alice, X25519.PublicKey(bob))));
        Assert.Equal(Shared, Convert.ToHexStringLower(X25519.SharedSecret(bob, X25519.PublicKey(alice))));
    }

    [Fact]
    public void X25519_refuses_low_order_points_and_short_keys_again_and_again()
    {
        byte[] key = RandomNumberGenerator.GetBytes(32);
        for (int i = 0; i < 1000; i++)
        {
            Assert.Throws<CryptographicException>(() => X25519.SharedSecret(key, new byte[32]));
            Assert.Throws<CryptographicException>(() => X25519.PublicKey(new byte[31]));
        }
    }

    [Fact]
    public void Ed25519_agrees_with_RFC_8032()
    {
        byte[] seed = Convert.FromHexString("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
        byte[] publicKey = Ed25519.PublicKey(seed);
        Assert.Equal("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", Convert.ToHexStringLower(publicKey));
        byte[] signature = Ed25519.Sign(seed, []);
        Assert.Equal(
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
            Convert.ToHexStringLower(signature));
        Assert.True(Ed25519.Verify(publicKey, [], signature));
        Assert.False(Ed25519.Verify(publicKey, [1], signature));
        Assert.False(Ed25519.Verify(publicKey, [], signature.AsSpan(1)));
        signature[5] ^= 1;
        Assert.False(Ed25519.Verify(publicKey, [], signature));
    }

    [Fact]
    public void Secp256k1_signatures_have_low_S_and_verify()
    {
        BigInteger half = BigInteger.Parse("07FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0", NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        for (int i = 0; i < 64; i++)
        {
            byte[] key = Secp256k1.NewPrivateKey();
            byte[] message = Encoding.UTF8.GetBytes($"message {i}");
            byte[] signature = Secp256k1.Sign(key, message);
            int lengthOfR = signature[3];
            var s = new BigInteger(signature.AsSpan(6 + lengthOfR), isUnsigned: true, isBigEndian: true);
            Assert.True(s <= half);
            byte[] publicKey = Secp256k1.PublicKey(key);
            Assert.True(Secp256k1.Verify(publicKey, message, signature));
            Assert.False(Secp256k1.Verify(publicKey, [1, 2], signature));
            Assert.False(Secp256k1.Verify(Secp256k1.PublicKey(Secp256k1.NewPrivateKey()), message, signature));
        }
    }

    [Fact]
    public void Secp256k1_generator_and_points_off_the_curve()
    {
        byte[] one = new byte[32];
        one[31] = 1;
        byte[] generator = Secp256k1.PublicKey(one);
        Assert.Equal("0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798", Convert.ToHexStringLower(generator));
        Assert.True(Secp256k1.TryDecompress(generator, out ECPoint point));
        Assert.Equal("483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8", Convert.ToHexStringLower(point.Y!));

        byte[] offCurve = new byte[33];
        offCurve[0] = 2;
        offCurve[32] = 5;
        Assert.False(Secp256k1.TryDecompress(offCurve, out _));
        Assert.False(Secp256k1.TryDecompress([.. Enumerable.Repeat((byte)0xff, 33)], out _));
        Assert.Throws<CryptographicException>(() => Secp256k1.PublicKey(new byte[32]));
        Assert.Throws<CryptographicException>(() => Secp256k1.PublicKey([.. Enumerable.Repeat((byte)0xff, 32)]));
    }

    [Fact]
    public void Keys_encode_as_in_the_peer_id_specification()
    {
        var secp = Identity.FromHex("53dadf1d5a164d6b4acdb15e24aa4c5b1d3461bdbd42abedb0a4404d56ced8fb");
        Assert.Equal("08021221037777e994e452c21604f91de093ce415f5432f701dd8cd1a7a6fea0e630bfca99", Convert.ToHexStringLower(secp.PublicKey.Encoded));
        var ed = Identity.FromEd25519(Convert.FromHexString("7e0830617c4a7de83925dfb2694556b12936c477a0e1feb2e148ec9da60fee7d"));
        Assert.Equal("080112201ed1e8fae2c4a144b8be8fd4b47bf3d3b34b871c3cacf6010f0e42d474fce27e", Convert.ToHexStringLower(ed.PublicKey.Encoded));
        Assert.StartsWith("16Uiu2HA", secp.PeerId.ToString(), StringComparison.Ordinal);
        Assert.StartsWith("12D3KooW", ed.PeerId.ToString(), StringComparison.Ordinal);
        foreach (Identity identity in new[] { secp, ed })
        {
            Assert.Equal(identity.PeerId, PeerId.Parse(identity.PeerId.ToString()));
            Assert.Equal(identity.PublicKey.Raw, identity.PeerId.InlineKey()!.Raw);
            Assert.True(identity.PublicKey.Verify([1, 2, 3], identity.Sign([1, 2, 3])));
        }

        Assert.Throws<FormatException>(() => Identity.FromHex("abc"));
    }
}
