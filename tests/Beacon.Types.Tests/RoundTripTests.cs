using Beacon.Ssz;

namespace Beacon.Types.Tests;

public sealed class RoundTripTests
{
    public static TheoryData<string> Containers => [.. Codec.All.Select(codec => codec.Name)];

    [Theory]
    [MemberData(nameof(Containers))]
    public void Random_values_survive_SSZ_and_JSON_with_the_same_root(string container)
    {
        Codec codec = Codec.Find(container);
        for (int seed = 0; seed < 20; seed++)
        {
            object value = codec.Make(new RandomValues(seed));
            byte[] bytes = codec.Encode(value);
            object decoded = codec.Decode(bytes);
            Assert.Equal(bytes, codec.Encode(decoded));
            Root root = codec.HashTreeRoot(value);
            Assert.Equal(root, codec.HashTreeRoot(decoded));
            object read = codec.FromJson(codec.ToJson(value));
            Assert.Equal(bytes, codec.Encode(read));
            Assert.Equal(root, codec.HashTreeRoot(read));
            if (value is not BeaconState)
            {
                Assert.Equal(value, decoded);
                Assert.Equal(value.GetHashCode(), decoded.GetHashCode());
                Assert.NotEqual(value, codec.Make(new RandomValues(seed + 1000)));
            }
        }
    }

    /// <summary>Malformed input throws <see cref="SszException"/> and nothing else; what decodes encodes to the very same bytes.</summary>
    [Theory]
    [MemberData(nameof(Containers))]
    public void Damaged_encodings_are_refused_cleanly_or_are_canonical(string container)
    {
        Codec codec = Codec.Find(container);
        Random random = new(container.Length);
        int refused = 0;
        int rounds = container == nameof(BeaconState) ? 400 : 2000;
        for (int round = 0; round < rounds; round++)
        {
            byte[] damaged = Damage(codec.Encode(codec.Make(new RandomValues(round % 10))), random);
            try
            {
                object decoded = codec.Decode(damaged);
                Assert.Equal(damaged, codec.Encode(decoded));
                codec.HashTreeRoot(decoded);
            }
            catch (SszException)
            {
                refused++;
            }
            catch (Exception e) when (e is not Xunit.Sdk.XunitException)
            {
                Assert.Fail($"{e.GetType().Name} for {Convert.ToHexString(damaged)}: {e.Message}");
            }
        }

        Assert.True(refused > rounds / 20, $"only {refused} of {rounds} were refused");
    }

    [Theory]
    [MemberData(nameof(Containers))]
    public void Random_bytes_are_refused_cleanly(string container)
    {
        Codec codec = Codec.Find(container);
        Random random = new(7);
        for (int round = 0; round < 2000; round++)
        {
            byte[] bytes = new byte[random.Next(round)];
            random.NextBytes(bytes);
            try
            {
                Assert.Equal(bytes, codec.Encode(codec.Decode(bytes)));
            }
            catch (SszException)
            {
                // As wanted.
            }
        }
    }

    /// <summary>Damaged JSON throws <see cref="System.Text.Json.JsonException"/> and nothing else.</summary>
    [Theory]
    [MemberData(nameof(Containers))]
    public void Damaged_JSON_is_refused_cleanly(string container)
    {
        Codec codec = Codec.Find(container);
        Random random = new(11);
        int rounds = container == nameof(BeaconState) ? 50 : 500;
        for (int round = 0; round < rounds; round++)
        {
            byte[] json = Damage(codec.ToJson(codec.Make(new RandomValues(round % 10))), random);
            try
            {
                codec.Encode(codec.FromJson(json));
            }
            catch (System.Text.Json.JsonException)
            {
                // As wanted.
            }
        }
    }

    private static byte[] Damage(byte[] bytes, Random random)
    {
        List<byte> damaged = [.. bytes];
        for (int i = random.Next(3); i >= 0; i--)
        {
            int at = damaged.Count == 0 ? 0 : random.Next(Math.Min(damaged.Count, random.Next(2) == 0 ? 64 : int.MaxValue));
            switch (random.Next(7))
            {
                case 0:
                    damaged.RemoveRange(at, damaged.Count - at);
                    break;
                case 1:
                    damaged.Add((byte)random.Next(256));
                    break;
                case 2 when damaged.Count > 0:
                    damaged[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 3 when damaged.Count > 0:
                    damaged[at] = (byte)random.Next(256);
                    break;
                case 4 when damaged.Count >= at + 4:
                    // Offsets are little-endian 32-bit numbers: put one near the size of the message.
                    byte[] offset = BitConverter.GetBytes(bytes.Length + random.Next(-5, 6));
                    for (int j = 0; j < 4; j++)
                    {
                        damaged[at + j] = offset[j];
                    }

                    break;
                case 5:
                    damaged.InsertRange(at, new byte[random.Next(1, 40)]);
                    break;
                case 6:
                    damaged.RemoveRange(at, Math.Min(damaged.Count - at, random.Next(1, 40)));
                    break;
            }
        }

        return [.. damaged];
    }
}
