using System.Globalization;

namespace P2P.Node.Hosting;

/// <summary>Durations as people write them: <c>250ms</c>, <c>30s</c>, <c>5m</c>, <c>1h</c>, or <c>00:00:30</c>.</summary>
internal static class Durations
{
    private static readonly (string Unit, TimeSpan One)[] s_units =
    [
        ("ms", TimeSpan.FromMilliseconds(1)), ("s", TimeSpan.FromSeconds(1)), ("m", TimeSpan.FromMinutes(1)), ("h", TimeSpan.FromHours(1)),
    ];

    /// <summary>Longest that is taken, so that no product overflows.</summary>
    private const int UnitsMax = 1_000_000;

    public static bool TryParse(string text, out TimeSpan duration)
    {
        foreach ((string unit, TimeSpan one) in s_units)
        {
            if (text.EndsWith(unit, StringComparison.Ordinal)
                && double.TryParse(text.AsSpan(0, text.Length - unit.Length), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double count)
                && count is >= 0 and <= UnitsMax)
            {
                duration = one * count;
                return true;
            }
        }

        return TimeSpan.TryParseExact(text, "c", CultureInfo.InvariantCulture, out duration) && duration >= TimeSpan.Zero;
    }
}
