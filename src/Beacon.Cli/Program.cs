using Beacon.Cli;

return await BeaconProgram.RunAsync(args, new Composition());
