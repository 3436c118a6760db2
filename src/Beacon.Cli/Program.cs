using System.CommandLine;
using Beacon.Cli;

RootCommand root = new("The beacon chain node, its validator client and the tools to start a network.")
{
    NodeCommand.Create("node", "Run a beacon node", bootnode: false),
    NodeCommand.Create("bootnode", "Run a bootnode: a known address of the network without a chain of its own", bootnode: true),
    ValidatorCommand.Create(),
    GenesisCommand.Create(),
    KeysCommand.Create(),
    VersionCommand.Create(),
};
ParseResult parsed = root.Parse(args);
if (parsed.Errors.Count > 0)
{
    // One sentence and the code that the contract gives to bad arguments; the library would print the whole help and return 1.
    await Console.Error.WriteLineAsync($"beacon: {parsed.Errors[0].Message} Run 'beacon --help' for the commands and their flags.");
    return Beacon.Node.ExitCodes.BadConfiguration;
}

// Commands that run long handle signals themselves; the library would turn a clean stop into exit code 143.
return await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
