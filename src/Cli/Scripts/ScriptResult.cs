namespace P2P.Cli.Scripts;

/// <summary>What a script led to.</summary>
/// <param name="Log">The text of each <c>text</c> step.</param>
/// <param name="Texts">The final text of each replica.</param>
/// <param name="States">The state hash of each replica, hexadecimal: equal exactly when elements, order and removals are.</param>
internal sealed record ScriptResult(IReadOnlyList<string> Log, IReadOnlyList<string> Texts, IReadOnlyList<string> States);
