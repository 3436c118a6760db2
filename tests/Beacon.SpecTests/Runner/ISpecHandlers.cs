namespace Beacon.SpecTests.Runner;

/// <summary>Runs one case; returns when it passed, throws when it did not. Called from several threads at once.</summary>
public delegate void SpecHandler(SpecCase specCase);

/// <summary>The handlers of one runner of the vector format. Implementations need a public parameterless constructor and are found by type.</summary>
public interface ISpecHandlers
{
    /// <summary>Name of the runner as in the path of a case: <c>operations</c>, <c>ssz_static</c>, <c>fork_choice</c>, …;
    /// <c>bls12-381</c> and <c>eip-3076</c> for the two archives of JSON files.</summary>
    string Runner { get; }

    /// <summary>The delegate for a handler's folder, or null when the name is unknown, which fails the row.</summary>
    SpecHandler? Find(string handler);
}
