using System.Globalization;
using P2P.Testing.Tests.Simulation;

namespace P2P.Testing.Tests;

/// <summary>Entry point of the child process of <see cref="DeterminismTests"/>: prints the traces of seeds.</summary>
internal static class Program
{
    public static async Task<int> Main(string[] args)
    {
        if (args.Length != 3 || args[0] != "trace")
        {
            await Console.Error.WriteLineAsync("This is a test project: run it with dotnet test.");
            return 2;
        }

        ulong first = ulong.Parse(args[1], CultureInfo.InvariantCulture);
        ulong count = ulong.Parse(args[2], CultureInfo.InvariantCulture);
        for (ulong seed = first; seed < first + count; seed++)
        {
            (ulong trace, _) = await RandomScenario.RunAsync(seed);
            Console.WriteLine(trace.ToString("x16", CultureInfo.InvariantCulture));
        }

        return 0;
    }
}
