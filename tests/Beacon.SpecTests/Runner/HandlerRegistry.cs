using System.Reflection;

namespace Beacon.SpecTests.Runner;

/// <summary>All implementations of <see cref="ISpecHandlers"/> in this assembly, by runner.</summary>
public static class HandlerRegistry
{
    private static readonly Dictionary<string, ISpecHandlers> ByRunner = Discover();

    /// <summary>The delegate for a runner and handler, or null.</summary>
    public static SpecHandler? Find(string runner, string handler) =>
        ByRunner.TryGetValue(runner, out ISpecHandlers? handlers) ? handlers.Find(handler) : null;

    private static Dictionary<string, ISpecHandlers> Discover()
    {
        IEnumerable<Type> types = Assembly.GetExecutingAssembly().GetTypes()
            .Where(static type => type is { IsAbstract: false, IsInterface: false } && type.IsAssignableTo(typeof(ISpecHandlers)));
        return types.Select(static type => (ISpecHandlers)Activator.CreateInstance(type)!).ToDictionary(static handlers => handlers.Runner, StringComparer.Ordinal);
    }
}
