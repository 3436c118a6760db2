namespace Beacon.Storage.Tests;

public sealed class ColumnTests
{
    [Fact]
    public void Column_numbers_are_what_existing_databases_hold() => Assert.Equal(
        [
            "Metadata=1", "Block=2", "State=3", "CanonicalBlock=4", "ForkChoiceNode=5", "Vote=6", "StateRoot=7", "Equivocation=8", "DutyCounts=9",
        ],
        Enum.GetValues<Column>().Select(column => $"{column}={(byte)column}"));
}
