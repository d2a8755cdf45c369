using System.Globalization;
using Microsoft.Extensions.Configuration;
using P2P.Node;
using P2P.Node.Hosting;

namespace P2P.Dashboard;

/// <summary>
/// Reads section <c>P2P:Dashboard</c> by a table, as P2P.Node reads its own: a key that means nothing is an error instead of an option that silently stays
/// at its default, here one that opens or closes something.
/// </summary>
internal static class DashboardOptionsReader
{
    /// <summary>What a value makes of the options; null where it cannot be read.</summary>
    private static readonly Dictionary<string, Func<DashboardOptions, string, DashboardOptions?>> s_values = new(StringComparer.OrdinalIgnoreCase)
    {
        ["AllowWrites"] = static (o, v) => bool.TryParse(v, out bool allows) ? o with { AllowWrites = allows } : null,
        ["Hosts"] = static (o, v) => o with { Hosts = [.. o.Hosts, .. v.Split([',', ';', ' '], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)] },
        ["Token"] = static (o, v) => o with { Token = v },
        ["SessionsMax"] = static (o, v) => Number(v) is int n ? o with { SessionsMax = n } : null,
        ["SessionLifetime"] = static (o, v) => Durations.TryParse(v, out TimeSpan time) ? o with { SessionLifetime = time } : null,
        ["SocketsMax"] = static (o, v) => Number(v) is int n ? o with { SocketsMax = n } : null,
        ["MessageBytesMax"] = static (o, v) => Number(v) is int n ? o with { MessageBytesMax = n } : null,
        ["SendTimeout"] = static (o, v) => Durations.TryParse(v, out TimeSpan time) ? o with { SendTimeout = time } : null,
        ["EditsWaitingMax"] = static (o, v) => Number(v) is int n ? o with { EditsWaitingMax = n } : null,
        ["LogMax"] = static (o, v) => Number(v) is int n ? o with { LogMax = n } : null,
    };

    /// <summary>Every key that is understood.</summary>
    public static IEnumerable<string> Known => s_values.Keys;

    /// <summary>The options that a section describes; the defaults without one.</summary>
    /// <exception cref="P2PException">A key that means nothing or a value that cannot be read; all of them are named (<see cref="NodeError.InvalidOption"/>).</exception>
    public static DashboardOptions Read(IConfigurationSection? section)
    {
        DashboardOptions options = new();
        List<string> wrong = [];
        foreach ((string key, string path, string value) in section is null ? [] : section.GetChildren().SelectMany(Values))
        {
            if (!s_values.TryGetValue(key, out Func<DashboardOptions, string, DashboardOptions?>? apply))
            {
                wrong.Add($"{path} is no option.");
            }
            else if (apply(options, value) is DashboardOptions changed)
            {
                options = changed;
            }
            else
            {
                wrong.Add($"{path}: '{value}' cannot be read.");
            }
        }

        return wrong.Count == 0 ? options : throw new P2PException(NodeError.InvalidOption, string.Join("; ", wrong));
    }

    // The items of a list have the key of the list; anything deeper is known by nobody.
    private static IEnumerable<(string Key, string Path, string Value)> Values(IConfigurationSection child)
    {
        if (child.Value is string value)
        {
            yield return (child.Key, child.Path, value);
        }

        foreach (IConfigurationSection item in child.GetChildren())
        {
            bool isItem = child.Key.Equals("Hosts", StringComparison.OrdinalIgnoreCase) && int.TryParse(item.Key, NumberStyles.None, CultureInfo.InvariantCulture, out _);
            yield return (isItem ? child.Key : item.Path, item.Path, item.Value ?? string.Empty);
        }
    }

    private static int? Number(string value) => int.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number) ? number : null;
}
