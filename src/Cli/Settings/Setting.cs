namespace P2P.Cli.Settings;

/// <summary>One value and where it comes from.</summary>
/// <param name="Name">As in a settings file.</param>
/// <param name="Values">What it is; several for lists, none when not set.</param>
/// <param name="Origin">The flag, variable or file that said so.</param>
internal sealed record Setting(string Name, IReadOnlyList<string> Values, string Origin)
{
    public string Text => Values.Count == 0 ? "(none)" : string.Join(", ", Values);
}
