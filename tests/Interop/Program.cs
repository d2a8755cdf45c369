using P2P.Interop.Support;

namespace P2P.Interop;

/// <summary>Entry point for the child processes that tests start; the tests themselves run under <c>dotnet test</c>.</summary>
internal static class Program
{
    public static async Task<int> Main(string[] args)
    {
        if (args.Length > 0 && args[0] == MdnsChild.Command)
        {
            return await MdnsChild.RunAsync(args);
        }

        await Console.Error.WriteLineAsync("This is a test project: run it with dotnet test.");
        return 2;
    }
}
