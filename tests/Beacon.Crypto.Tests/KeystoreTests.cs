using System.Text;
using System.Text.Json;
using Beacon.Crypto.Keys;

namespace Beacon.Crypto.Tests;

public sealed class KeystoreTests
{
    private const string Password = "𝔱𝔢𝔰𝔱𝔭𝔞𝔰𝔰𝔴𝔬𝔯𝔡🔑";
    private const string Secret = "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f";

    /// <summary>The scrypt test vector of EIP-2335.</summary>
    private const string ScryptVector = """
        {
            "crypto": {
                "kdf": {
                    "function": "scrypt",
                    "params": { "dklen": 32, "n": 262144, "p": 1, "r": 8,
                        "salt": "d4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3" },
                    "message": ""
                },
                "checksum": { "function": "sha256", "params": {},
                    "message": "d2217fe5f3e9a1e34581ef8a78f7c9928e436d36dacc5e846690a5581e8ea484" },
                "cipher": { "function": "aes-128-ctr", "params": { "iv": "264daa3f303d7259501c93d997d84fe6" },
                    "message": "06ae90d55fe0a6e9c5c3bc5b170827b2e5cce3929ed3f116c2811e6366dfe20f" }
            },
            "description": "This is a test keystore that uses scrypt to secure the secret.",
            "pubkey": "9612d7a727c9d0a22e185a1c768478dfe919cada9266988cb32359c11f2b7b27f4ae4040902382ae2910c15e2b420d07",
            "path": "m/12381/60/3141592653/589793238",
            "uuid": "1d85ae20-35c5-4611-98e8-aa14a633906f",
            "version": 4
        }
        """;

    /// <summary>The PBKDF2 test vector of EIP-2335.</summary>
    private const string Pbkdf2Vector = """
        {
            "crypto": {
                "kdf": {
                    "function": "pbkdf2",
                    "params": { "dklen": 32, "c": 262144, "prf": "hmac-sha256",
                        "salt": "d4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3" },
                    "message": ""
                },
                "checksum": { "function": "sha256", "params": {},
                    "message": "8a9f5d9912ed7e75ea794bc5a89bca5f193721d30868ade6f73043c6ea6febf1" },
                "cipher": { "function": "aes-128-ctr", "params": { "iv": "264daa3f303d7259501c93d997d84fe6" },
                    "message": "cee03fde2af33149775b7223e7845e4fb2c8ae1792e5f99fe9ecf474cc8c16ad" }
            },
            "description": "This is a test keystore that uses PBKDF2 to secure the secret.",
            "pubkey": "9612d7a727c9d0a22e185a1c768478dfe919cada9266988cb32359c11f2b7b27f4ae4040902382ae2910c15e2b420d07",
            "path": "m/12381/60/0/0",
            "uuid": "64625def-3331-4eea-ab6f-782f3ed16a83",
            "version": 4
        }
        """;

    [Theory]
    [InlineData(ScryptVector)]
    [InlineData(Pbkdf2Vector)]
    public void The_vectors_of_EIP_2335_open_and_are_reproduced(string json)
    {
        var keystore = Keystore.Parse(Encoding.UTF8.GetBytes(json));
        using SecretKey key = keystore.Decrypt(Password);
        Assert.Equal(Secret, Convert.ToHexStringLower(key.ToBytes()));

        var made = Keystore.Encrypt(
            key.ToBytes(), Password, keystore.Path, keystore.Kdf, Convert.FromHexString("264daa3f303d7259501c93d997d84fe6"), keystore.Uuid, keystore.Description);
        using var expected = JsonDocument.Parse(json);
        using var actual = JsonDocument.Parse(made.ToJson());
        Assert.True(JsonElement.DeepEquals(expected.RootElement, actual.RootElement), Encoding.UTF8.GetString(made.ToJson()));
    }

    [Fact]
    public void A_password_is_normalised_and_stripped_of_control_characters()
    {
        Assert.Equal("7465737470617373776f7264f09f9491", Convert.ToHexStringLower(Keystore.EncodePassword(Password)));
        Assert.Equal("testpassword"u8.ToArray(), Keystore.EncodePassword("test\tpass\u007f\u0080word\n"));
    }

    [Theory]
    [InlineData("é", "65cc81")]
    [InlineData("ﬁ", "6669")]
    [InlineData("q\u0307\u0323", "71cca3cc87")]
    [InlineData("각", "e18480e185a1e186a8")]
    [InlineData("가", "e18480e185a1")]
    public void Normalization_decomposes_and_orders_marks(string text, string utf8) =>
        Assert.Equal(utf8, Convert.ToHexStringLower(Encoding.UTF8.GetBytes(CompatibilityDecomposition.Normalize(text))));

    [Fact]
    public void A_new_keystore_opens_with_its_password_only()
    {
        using var key = SecretKey.Generate();
        Keystore[] keystores =
        [
            Keystore.Encrypt(key, "päss", "m/12381/3600/0/0/0", Keystore.NewPbkdf2(KeystoreKdf.Pbkdf2.SmallestIterations)),
            Keystore.Encrypt(key, "päss", "", Keystore.NewScrypt(1024)),
        ];
        foreach (Keystore keystore in keystores)
        {
            var read = Keystore.Parse(keystore.ToJson());
            using SecretKey opened = read.Decrypt("päss");
            Assert.Equal(key.ToBytes(), opened.ToBytes());
            Assert.Equal(key.ToPublicKey().ToString(), "0x" + read.PublicKey);
            KeystoreException wrong = Assert.Throws<KeystoreException>(() => read.Decrypt("pass"));
            Assert.Contains("password is wrong", wrong.Message, StringComparison.Ordinal);
        }

        Assert.NotEqual(keystores[0].Uuid, keystores[1].Uuid);
    }

    [Theory]
    [InlineData("", "not an EIP-2335 keystore")]
    [InlineData("[]", "not an EIP-2335 keystore")]
    [InlineData("{\"version\":3}", "version 3")]
    [InlineData("{\"version\":4}", "not an EIP-2335 keystore")]
    public void Other_files_are_refused_with_a_reason(string json, string reason)
    {
        KeystoreException exception = Assert.Throws<KeystoreException>(() => Keystore.Parse(Encoding.UTF8.GetBytes(json)));
        Assert.Contains(reason, exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"n\": 262144", "\"n\": 1000", "power of two")]
    [InlineData("\"n\": 262144", "\"n\": 1073741824", "1 GiB")]
    [InlineData("\"dklen\": 32", "\"dklen\": 16", "16 bytes")]
    [InlineData("aes-128-ctr", "aes-256-gcm", "aes-256-gcm")]
    [InlineData("\"scrypt\"", "\"argon2\"", "argon2")]
    [InlineData("9612d7a7", "9612d7a8", "another key")]
    public void Damaged_keystores_are_refused_with_a_reason(string from, string to, string reason)
    {
        KeystoreException exception = Assert.Throws<KeystoreException>(
            () => Keystore.Parse(Encoding.UTF8.GetBytes(ScryptVector.Replace(from, to, StringComparison.Ordinal))).Decrypt(Password));
        Assert.Contains(reason, exception.Message, StringComparison.Ordinal);
    }
}
