using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Fleet.Cli.Tests")]
