using System.Globalization;

namespace P2P.Node.Hosting;

/// <summary>Durations as people write them: <c>250ms</c>, <c>30s</c>, <c>5m</c>, <c>1h</c>, or <c>00:00:30</c>.</summary>
public static class Durations
{
    private static readonly (string Unit, TimeSpan One)[] s_units =
    [
        ("ms", TimeSpan.FromMilliseconds(1)), ("s", TimeSpan.FromSeconds(1)), ("m", TimeSpan.FromMinutes(1)), ("h", TimeSpan.FromHours(1)),
    ];

    /// <summary>Longest that is taken, so that no product overflows.</summary>
    private const int UnitsMax = 1_000_000;

    /// <summary>Reads one; refuses what is negative or longer than a million of its units.</summary>
    /// <param name="text">What was written.</param>
    /// <param name="duration">How long.</param>
    /// <returns>Whether it could be read.</returns>
    public static bool TryParse(string text, out TimeSpan duration)
    {
        ArgumentNullException.ThrowIfNull(text);
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
