namespace Beacon.Storage;

/// <summary>One layout of the database on disk.</summary>
/// <param name="number">Its number; a database names it under <c>format</c> in <see cref="Column.Metadata"/>, in every layout.</param>
/// <param name="view">
/// Shows a store of this layout as the one that <see cref="BeaconDatabase"/> reads and writes, both ways, and disposes it when disposed; the format
/// key passes through unchanged.
/// </param>
public sealed class DatabaseFormat(uint number, Func<IKeyValueStore, IKeyValueStore> view)
{
    /// <summary>The number.</summary>
    public uint Number { get; } = number;

    /// <summary>Shows a store of this layout as the one that the code works with.</summary>
    public IKeyValueStore View(IKeyValueStore store) => view(store);
}

/// <summary>The layouts that a release works with: its own and that of the release before.</summary>
/// <remarks>
/// A release that changes the layout raises the number, makes its own layout <see cref="Newest"/> and the former one <see cref="Previous"/> with a view
/// that translates. It goes on reading and writing the previous one, and makes new databases in it, until it is told that there is no way back to the previous
/// release (<c>--migrate-database</c>). Additions that an older release can ignore need no new number.
/// </remarks>
public sealed record DatabaseFormats
{
    /// <summary>What this release works with.</summary>
    public static DatabaseFormats Current { get; } = new() { Newest = new DatabaseFormat(1, static store => store) };

    /// <summary>The layout of the release before; null while there was only one.</summary>
    public DatabaseFormat? Previous { get; init; }

    /// <summary>This release's own layout.</summary>
    public required DatabaseFormat Newest { get; init; }

    /// <summary>The layout of new databases.</summary>
    internal DatabaseFormat ForNew(bool mayMigrate) => mayMigrate ? Newest : Previous ?? Newest;

    /// <summary>The layout of a database that exists.</summary>
    /// <exception cref="DatabaseFormatException">This release does not know it.</exception>
    internal DatabaseFormat Of(uint number) =>
        number == Newest.Number ? Newest
        : number == Previous?.Number ? Previous
        : throw new DatabaseFormatException(number > Newest.Number
            ? $"The database has format {number}, which is newer than format {Newest.Number} of this version; use the version that wrote it or another chain directory."
            : $"The database has format {number}, which is older than what this version reads ({Previous?.Number ?? Newest.Number} and later); let the version before this one migrate it by --migrate-database or use another chain directory.");
}
