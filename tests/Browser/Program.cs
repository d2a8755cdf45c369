using P2P.Browser.Measuring;

namespace P2P.Browser;

/// <summary><c>dotnet P2P.Browser.dll bench</c> prints figures; everything else is for the test runner.</summary>
internal static class Program
{
    private static async Task<int> Main(string[] arguments)
    {
        if (arguments is not ["bench"])
        {
            Console.Error.WriteLine("usage: bench");
            return 2;
        }

        await DashboardBench.RunAsync(Console.Out);
        return 0;
    }
}
