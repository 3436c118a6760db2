using Fleet.Cli.Common;
using Fleet.Cli.Up;

namespace Fleet.Cli.Tests;

public sealed class ImageMapTests
{
    [Theory]
    [InlineData("no-equals-sign")]
    [InlineData("=path")]
    [InlineData("name=")]
    [InlineData("name=/does/not/exist")]
    public void A_bad_pair_is_bad_input_that_names_the_option(string pair)
    {
        CliException error = Assert.Throws<CliException>(() => ImageMap.Parse([pair]));
        Assert.Equal(ExitCodes.BadInput, error.ExitCode);
        Assert.StartsWith("--image", error.Message);
    }

    [Fact]
    public void The_last_pair_of_a_name_wins()
    {
        IReadOnlyDictionary<string, string> images = ImageMap.Parse(["a=/bin/sh", "a=/bin/cat"]);
        Assert.Equal("/bin/cat", images["a"]);
    }
}
