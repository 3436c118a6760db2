namespace Beacon.Ssz.Tests;

public sealed class RootTests
{
    private const string Text = "0x00112233445566778899aabbccddeeff0123456789abcdeffedcba9876543210";

    [Fact]
    public void Text_and_bytes_and_JSON_are_the_same_root()
    {
        Root root = Root.Parse(Text);
        Assert.Equal(Text, root.ToString());
        Assert.Equal("0x00112233", root.ToShortString());
        Assert.Equal(root, new Root(root.AsSpan()));
        Assert.Equal(root, Root.Parse(Text.AsSpan(2)));
        Assert.Equal($"\"{Text}\"", root.ToJson());
        Assert.Equal(root, SszJson.FromJson<Root>(System.Text.Encoding.UTF8.GetBytes($"\"{Text}\"")));
        Assert.Equal(root.GetHashCode(), Root.Parse(Text).GetHashCode());
    }

    [Fact]
    public void Each_byte_counts_for_equality_and_order()
    {
        Root root = Root.Parse(Text);
        for (int i = 0; i < Root.Size; i++)
        {
            byte[] bytes = root.ToArray();
            bytes[i]++;
            Root other = new(bytes);
            Assert.NotEqual(root, other);
            Assert.Equal(root.AsSpan().SequenceCompareTo(bytes) < 0, root < other);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("0x")]
    [InlineData("0x00")]
    [InlineData("0xzz112233445566778899aabbccddeeff0123456789abcdeffedcba9876543210")]
    [InlineData("0x00112233445566778899aabbccddeeff0123456789abcdeffedcba987654321000")]
    public void Other_text_is_no_root(string text)
    {
        Assert.Throws<FormatException>(() => Root.Parse(text));
        Assert.False(Root.TryParse(text, out _));
    }

    [Fact]
    public void Other_lengths_are_no_root()
    {
        Assert.Throws<ArgumentException>(() => new Root(new byte[31]));
        Assert.Throws<SszException>(() => Root.Deserialize(new byte[33]));
    }
}
