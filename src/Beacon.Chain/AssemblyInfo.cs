using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Beacon.Chain.Tests")]
