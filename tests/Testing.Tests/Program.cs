using System.Globalization;
using P2P.Testing.Simulation;
using P2P.Testing.Tests.Simulation;

namespace P2P.Testing.Tests;

/// <summary>Entry point of the child process of <see cref="DeterminismTests"/>: prints the traces of seeds, or what became of their stories.</summary>
internal static class Program
{
    public static async Task<int> Main(string[] args)
    {
        if (args.Length != 3 || args[0] is not ("trace" or "stories"))
        {
            await Console.Error.WriteLineAsync("This is a test project: run it with dotnet test.");
            return 2;
        }

        ulong first = ulong.Parse(args[1], CultureInfo.InvariantCulture);
        ulong count = ulong.Parse(args[2], CultureInfo.InvariantCulture);
        for (ulong seed = first; seed < first + count; seed++)
        {
            Console.WriteLine(args[0] == "trace"
                ? (await RandomScenario.RunAsync(seed)).Trace.ToString("x16", CultureInfo.InvariantCulture)
                : await TellAsync(seed));
        }

        return 0;
    }

    private static async Task<string> TellAsync(ulong seed)
    {
        try
        {
            return (await RandomScenario.RunAsync(seed)).Summary;
        }
        catch (SimulationException failed)
        {
            return $"FAILED {failed.Message}";
        }
    }
}
