using Fleet.Cli.Common;

namespace Fleet.Cli.Tests;

public sealed class TextTableTests
{
    [Fact]
    public void Columns_are_as_wide_as_their_widest_cell_and_lines_have_no_trailing_blanks()
    {
        var table = new TextTable("NODE", "HEAD");
        table.Add("devnet-eu-0", "17");
        table.Add("x", "");
        using var output = new StringWriter();
        table.WriteTo(output);
        Assert.Equal("NODE          HEAD\ndevnet-eu-0   17\nx\n", output.ToString());
    }

    [Fact]
    public void A_row_with_another_number_of_cells_is_refused() => Assert.Throws<ArgumentException>(() => new TextTable("A", "B").Add("1"));
}
