using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Beacon.SpecTests")]
[assembly: InternalsVisibleTo("Beacon.StateTransition.Tests")]
