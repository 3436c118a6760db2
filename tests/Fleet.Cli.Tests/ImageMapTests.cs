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

    [Fact]
    public void The_build_beside_the_program_stands_for_the_default_image_and_is_needed_where_no_image_is_given()
    {
        var none = new Dictionary<string, string>();
        var own = new Dictionary<string, string> { ["mine:1"] = "/bin/sh" };
        var both = new Dictionary<string, string> { [ImageMap.DefaultBeaconImage] = "/bin/sh" };
        Assert.Equal("/beacon", ImageMap.WithDefault(none, "/beacon")[ImageMap.DefaultBeaconImage]);
        Assert.Equal("/beacon", ImageMap.WithDefault(own, "/beacon")[ImageMap.DefaultBeaconImage]);
        Assert.Equal("/bin/sh", ImageMap.WithDefault(both, "/beacon")[ImageMap.DefaultBeaconImage]);
        Assert.Equal(own, ImageMap.WithDefault(own, null));
        Assert.Contains("make build", Assert.Throws<CliException>(() => ImageMap.WithDefault(none, null)).Message, StringComparison.Ordinal);
    }
}
