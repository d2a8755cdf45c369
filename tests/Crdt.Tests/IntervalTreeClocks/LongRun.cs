using System.Globalization;

namespace P2P.Crdt.Tests.IntervalTreeClocks;

/// <summary>Sizes that a long script raises through the environment.</summary>
internal static class LongRun
{
    public static int Number(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out int number) ? number : otherwise;
}
