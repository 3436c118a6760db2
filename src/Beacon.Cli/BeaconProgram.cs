using System.CommandLine;
using Beacon.Node;
using Beacon.Validator;

namespace Beacon.Cli;

/// <summary>What a program that is not <c>beacon</c> itself does with the options before a node or a validator client is started.</summary>
public sealed record Composition
{
    /// <summary>The options of <c>node</c> and <c>bootnode</c>.</summary>
    public Func<NodeOptions, NodeOptions> Node { get; init; } = static options => options;

    /// <summary>The options of <c>validator</c>.</summary>
    public Func<ValidatorOptions, ValidatorOptions> Validator { get; init; } = static options => options;
}

/// <summary>The command line of <c>beacon</c>.</summary>
public static class BeaconProgram
{
    /// <summary>Runs a command.</summary>
    /// <param name="args">The arguments.</param>
    /// <param name="composition">What is changed of nodes and validator clients.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(string[] args, Composition composition)
    {
        RootCommand root = new("The beacon chain node, its validator client and the tools to start a network.")
        {
            NodeCommand.Create("node", "Run a beacon node", bootnode: false, composition),
            NodeCommand.Create("bootnode", "Run a bootnode: a known address of the network without a chain of its own", bootnode: true, composition),
            ValidatorCommand.Create(composition),
            GenesisCommand.Create(),
            KeysCommand.Create(),
            ArchiveCommand.Create(),
            VersionCommand.Create(),
        };
        ParseResult parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            // One sentence and the code that the contract gives to bad arguments; the library would print the whole help and return 1.
            await Console.Error.WriteLineAsync($"beacon: {parsed.Errors[0].Message} Run 'beacon --help' for the commands and their flags.");
            return Node.ExitCodes.BadConfiguration;
        }

        // Commands that run long handle signals themselves; the library would turn a clean stop into exit code 143.
        return await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
    }
}
