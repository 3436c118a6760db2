using Numbers = Beacon.Ssz.PersistentList<Beacon.Ssz.SszNumber<ulong>>;

namespace Beacon.Ssz.Tests;

public sealed class PersistentListTests
{
    /// <summary>Sizes around the boundaries of leaves (128 numbers, 32 roots) and of branches of 16.</summary>
    public static TheoryData<int> Sizes => [0, 1, 3, 4, 5, 31, 32, 33, 127, 128, 129, 511, 512, 513, 2047, 2048, 2049, 8191, 8193, 33000];

    [Theory]
    [MemberData(nameof(Sizes))]
    public void A_list_of_numbers_hashes_as_the_specification_says(int size)
    {
        SszNumber<ulong>[] items = RandomNumbers(size);
        Assert.Equal(NaiveNumbers(items, 1UL << 40), Numbers.ListOf(1UL << 40, items).HashTreeRoot().ToArray());
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void A_list_of_roots_grown_one_by_one_hashes_as_the_specification_says(int size)
    {
        Root[] items = RandomRoots(size);
        PersistentList<Root> list = PersistentList<Root>.CreateList(1 << 24);
        foreach (Root item in items)
        {
            list.Add(item);
        }

        byte[] expected = Naive.MixInLength(Naive.Merkleize([.. items.Select(item => item.ToArray())], 1 << 24), (ulong)size);
        Assert.Equal(expected, list.HashTreeRoot().ToArray());
        Assert.Equal(items, list.ToArray());
        Assert.Equal(items, list);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(31)]
    [InlineData(32)]
    [InlineData(64)]
    [InlineData(100)]
    [InlineData(512)]
    [InlineData(513)]
    [InlineData(8192)]
    public void A_vector_hashes_as_the_specification_says(int length)
    {
        Root[] items = RandomRoots(length);
        PersistentList<Root> vector = PersistentList<Root>.CreateVector((ulong)length);
        Assert.Equal(Naive.Merkleize([], (ulong)length), vector.HashTreeRoot().ToArray());
        for (int i = 0; i < length; i++)
        {
            vector[i] = items[i];
        }

        byte[] expected = Naive.Merkleize([.. items.Select(item => item.ToArray())], (ulong)length);
        Assert.Equal(expected, vector.HashTreeRoot().ToArray());
        Assert.Equal(expected, PersistentList<Root>.VectorOf(items).HashTreeRoot().ToArray());
    }

    [Theory]
    [InlineData(1UL)]
    [InlineData(3UL)]
    [InlineData(16UL)]
    [InlineData(32UL)]
    [InlineData(200UL)]
    [InlineData(600UL)]
    public void A_list_with_a_small_limit_has_the_depth_of_the_limit(ulong limit)
    {
        for (int size = 0; size <= (int)limit; size += Math.Max(1, (int)limit / 7))
        {
            Root[] items = RandomRoots(size);
            byte[] expected = Naive.MixInLength(Naive.Merkleize([.. items.Select(item => item.ToArray())], limit), (ulong)size);
            Assert.Equal(expected, PersistentList<Root>.ListOf(limit, items).HashTreeRoot().ToArray());
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public void Whatever_is_done_to_clones_each_stays_what_a_plain_list_would_be(int seed)
    {
        Random random = new(seed);
        List<(Numbers List, List<SszNumber<ulong>> Model)> pairs = [(Numbers.CreateList(1UL << 40), [])];
        for (int step = 0; step < 3000; step++)
        {
            (Numbers list, List<SszNumber<ulong>> model) = pairs[random.Next(pairs.Count)];
            switch (random.Next(100))
            {
                case < 55:
                    SszNumber<ulong> added = new((ulong)random.NextInt64());
                    list.Add(added);
                    model.Add(added);
                    break;
                case < 85 when model.Count > 0:
                    int index = random.Next(model.Count);
                    SszNumber<ulong> value = new((ulong)random.Next(3));
                    list[index] = value;
                    model[index] = value;
                    break;
                case < 90 when pairs.Count < 6:
                    pairs.Add((list.Clone(), [.. model]));
                    break;
                case < 91:
                    list.Clear();
                    model.Clear();
                    break;
                case < 93:
                    SszNumber<ulong>[] items = [.. model.Select(item => random.Next(50) == 0 ? new(item.Value + 1) : item)];
                    list.Replace(items);
                    model.Clear();
                    model.AddRange(items);
                    break;
                case < 95:
                    SszNumber<ulong>[] bulk = RandomNumbers(random.Next(600));
                    list.Replace(bulk);
                    model.Clear();
                    model.AddRange(bulk);
                    break;
                default:
                    Assert.Equal(NaiveNumbers(model, 1UL << 40), list.HashTreeRoot().ToArray());
                    break;
            }
        }

        foreach ((Numbers list, List<SszNumber<ulong>> model) in pairs)
        {
            Assert.Equal(model, list);
            Assert.Equal(NaiveNumbers(model, 1UL << 40), list.HashTreeRoot().ToArray());
            Assert.Equal(list, Numbers.ListOf(1UL << 40, model.ToArray()));
        }
    }

    [Fact]
    public void A_clone_with_one_change_shares_all_but_the_path_to_it()
    {
        Numbers list = Numbers.ListOf(1UL << 40, RandomNumbers(100_000));
        list.HashTreeRoot();
        Numbers clone = list.Clone();
        Assert.Equal(clone.CountShared(list).Nodes, clone.CountShared(list).Shared);
        clone[50_000] = new(1);
        (int nodes, int shared) = clone.CountShared(list);
        Assert.True(nodes > 800);
        Assert.Equal(4, nodes - shared);
        Assert.NotEqual(list.HashTreeRoot(), clone.HashTreeRoot());
    }

    [Fact]
    public void Setting_an_equal_value_copies_nothing()
    {
        Numbers list = Numbers.ListOf(1UL << 40, RandomNumbers(1000));
        Numbers clone = list.Clone();
        for (int i = 0; i < clone.Count; i++)
        {
            clone[i] = new(list[i].Value);
        }

        clone.Replace(list.ToArray());
        (int nodes, int shared) = clone.CountShared(list);
        Assert.Equal(nodes, shared);
    }

    [Fact]
    public void Replacing_few_values_copies_few_leaves()
    {
        Numbers list = Numbers.ListOf(1UL << 40, RandomNumbers(20_000));
        Numbers clone = list.Clone();
        SszNumber<ulong>[] items = list.ToArray();
        items[7] = new(items[7].Value + 1);
        clone.Replace(items);
        (int nodes, int shared) = clone.CountShared(list);
        Assert.Equal(3, nodes - shared);
        Assert.Equal(NaiveNumbers(items, 1UL << 40), clone.HashTreeRoot().ToArray());
    }

    [Fact]
    public void The_original_of_a_clone_can_be_written_to_without_the_clone_noticing()
    {
        Numbers list = Numbers.ListOf(100, RandomNumbers(50));
        Numbers clone = list.Clone();
        SszNumber<ulong> before = clone[10];
        Root root = clone.HashTreeRoot();
        list[10] = new(before.Value + 1);
        list.Add(new(5));
        Assert.Equal(before, clone[10]);
        Assert.Equal(50, clone.Count);
        Assert.Equal(root, clone.HashTreeRoot());
    }

    [Fact]
    public void Limits_and_indices_are_checked()
    {
        Numbers list = Numbers.ListOf(2, RandomNumbers(2));
        Assert.Throws<InvalidOperationException>(() => list.Add(default));
        Assert.Throws<ArgumentOutOfRangeException>(() => list[2]);
        Assert.Throws<ArgumentOutOfRangeException>(() => list[-1] = default);
        Assert.Throws<ArgumentException>(() => Numbers.ListOf(2, RandomNumbers(3)));
        Numbers vector = Numbers.CreateVector(4);
        Assert.Throws<InvalidOperationException>(() => vector.Add(default));
        Assert.Throws<InvalidOperationException>(vector.Clear);
        Assert.Throws<ArgumentException>(() => vector.Replace(RandomNumbers(3)));
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Lists_survive_encoding_and_JSON(int size)
    {
        Numbers list = Numbers.ListOf(40_000, RandomNumbers(size));
        byte[] bytes = new byte[list.SszSize];
        list.Serialize(bytes);
        Assert.Equal(list, Numbers.DeserializeList(bytes, 40_000));
        System.Buffers.ArrayBufferWriter<byte> json = new();
        using (System.Text.Json.Utf8JsonWriter writer = new(json))
        {
            list.WriteJson(writer);
        }

        System.Text.Json.Utf8JsonReader reader = new(json.WrittenSpan);
        reader.Read();
        Assert.Equal(list, Numbers.ReadJsonList(ref reader, 40_000));
        Assert.Throws<SszException>(() => Numbers.DeserializeList(new byte[8 * 11], 10));
        Assert.Throws<SszException>(() => Numbers.DeserializeList(new byte[9], 10));
        Assert.Throws<SszException>(() => Numbers.DeserializeVector(new byte[8 * 9], 10));
    }

    [Fact]
    public async Task Clones_can_be_hashed_and_written_by_several_threads()
    {
        PersistentList<Root> list = PersistentList<Root>.ListOf(1 << 20, RandomRoots(5000));
        Root[] before = list.ToArray();
        byte[][] found = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() =>
        {
            PersistentList<Root> clone;
            lock (before)
            {
                clone = list.Clone();
            }

            clone[i * 600] = Root.Zero;
            return clone.HashTreeRoot().ToArray();
        })));
        for (int i = 0; i < found.Length; i++)
        {
            List<byte[]> chunks = [.. before.Select(item => item.ToArray())];
            chunks[i * 600] = new byte[32];
            Assert.Equal(Naive.MixInLength(Naive.Merkleize(chunks, 1 << 20), 5000), found[i]);
        }
    }

    private static byte[] NaiveNumbers(IReadOnlyList<SszNumber<ulong>> items, ulong limit) => Naive.MixInLength(
        Naive.Merkleize(Naive.Pack(items.SelectMany(item => BitConverter.GetBytes(item.Value)).ToArray()), limit / 4), (ulong)items.Count);

    private static SszNumber<ulong>[] RandomNumbers(int count)
    {
        Random random = new(count);
        return [.. Enumerable.Range(0, count).Select(_ => new SszNumber<ulong>((ulong)random.NextInt64()))];
    }

    private static Root[] RandomRoots(int count)
    {
        Random random = new(count);
        byte[] bytes = new byte[32];
        return [.. Enumerable.Range(0, count).Select(_ =>
        {
            random.NextBytes(bytes);
            return new Root(bytes);
        })];
    }
}
