using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace P2P.Architecture;

/// <summary>The rules of the house style that a parser can check.</summary>
public sealed class TidyTests
{
    private const int FileLinesMax = 400;
    private const int TestFileLinesMax = 700;
    private const int MethodLinesMax = 60;
    private const int ParametersMax = 8;

    private static readonly Lazy<(string Path, CompilationUnitSyntax Root)[]> s_source = new(() =>
        [.. Product.Sources("src").Select(f => (Product.Relative(f), (CompilationUnitSyntax)CSharpSyntaxTree.ParseText(File.ReadAllText(f)).GetRoot()))]);

    [Fact]
    public void No_product_file_is_longer_than_400_lines_and_no_other_than_700()
    {
        string[] found =
        [
            .. Product.Sources("src").Where(f => File.ReadLines(f).Count() > FileLinesMax)
                .Concat(Product.Sources("tests", "samples", "bench").Where(f => File.ReadLines(f).Count() > TestFileLinesMax))
                .Select(Product.Relative),
        ];
        Assert.Empty(found);
    }

    [Fact]
    public void No_method_is_longer_than_60_lines()
    {
        Assert.Empty(Find<BaseMethodDeclarationSyntax>(m => Lines(m) > MethodLinesMax));
    }

    [Fact]
    public void No_method_takes_more_than_8_parameters()
    {
        Assert.Empty(Find<BaseMethodDeclarationSyntax>(m => m.ParameterList.Parameters.Count > ParametersMax));
    }

    [Fact]
    public void A_file_is_named_like_the_type_it_starts_with()
    {
        string[] found =
        [
            .. s_source.Value.Where(s => FirstType(s.Root) is string name && Path.GetFileNameWithoutExtension(s.Path).Split('.')[0] != name)
                .Select(s => s.Path),
        ];
        Assert.Empty(found);
    }

    [Fact]
    public void Only_the_command_names_options_of_the_command_line()
    {
        string[] found =
        [
            .. s_source.Value.Where(static s => !s.Path.StartsWith("src/Cli/", StringComparison.Ordinal))
                .SelectMany(static s => s.Root.DescendantTokens()
                    .Where(static t => t.IsKind(SyntaxKind.StringLiteralToken) || t.IsKind(SyntaxKind.InterpolatedStringTextToken))
                    .Where(static t => Regex.IsMatch(t.Text, "(^|[ (\"`])--[a-z]") && !t.Text.Contains("dotnet add package", StringComparison.Ordinal))
                    .Select(t => $"{s.Path}: {t.Text}")),
        ];
        Assert.Empty(found);
    }

    [Fact]
    public void No_task_is_discarded()
    {
        Assert.Empty(Find<AssignmentExpressionSyntax>(a =>
            a.Left is IdentifierNameSyntax { Identifier.Text: "_" } && a.Right is InvocationExpressionSyntax call
            && call.Expression.ToString().EndsWith("Async", StringComparison.Ordinal)));
    }

    [Fact]
    public void No_async_void_no_region_no_empty_catch()
    {
        Assert.Empty(Find<MethodDeclarationSyntax>(m => m.Modifiers.Any(SyntaxKind.AsyncKeyword) && m.ReturnType.ToString() == "void"));
        Assert.Empty(Find<CatchClauseSyntax>(c => c.Block.Statements.Count == 0 && !c.Block.ToFullString().Contains("//", StringComparison.Ordinal)));
        Assert.Empty(s_source.Value.Where(s => s.Root.DescendantTrivia().Any(t => t.IsKind(SyntaxKind.RegionDirectiveTrivia))).Select(s => s.Path));
    }

    [Fact]
    public void Nothing_is_left_to_do_and_nothing_is_not_implemented()
    {
        string[] found =
        [
            .. Product.Sources("src", "samples", "bench", "tests")
                .Where(f => Path.GetFileName(f) != "TidyTests.cs")
                .Where(f => File.ReadAllText(f) is string text
                    && (text.Contains("TODO", StringComparison.Ordinal) || text.Contains("FIXME", StringComparison.Ordinal)
                        || text.Contains("NotImplementedException", StringComparison.Ordinal)))
                .Select(Product.Relative),
        ];
        Assert.Empty(found);
    }

    [Fact]
    public void No_lock_in_the_protocols_above_the_transport()
    {
        Assert.Empty(s_source.Value
            .Where(s => s.Path.StartsWith("src/Dht", StringComparison.Ordinal) || s.Path.StartsWith("src/PubSub", StringComparison.Ordinal)
                || s.Path.StartsWith("src/Bitswap", StringComparison.Ordinal) || s.Path.StartsWith("src/Crdt", StringComparison.Ordinal))
            .Where(s => s.Root.DescendantNodes().OfType<LockStatementSyntax>().Any())
            .Select(s => s.Path));
    }

    [Fact]
    public void Partial_types_are_only_for_source_generators()
    {
        Assert.Empty(s_source.Value
            .Where(s => s.Root.DescendantNodes().OfType<TypeDeclarationSyntax>().Any(t => t.Modifiers.Any(SyntaxKind.PartialKeyword))
                && !s.Root.ToFullString().Contains("LoggerMessage", StringComparison.Ordinal)
                && !s.Root.ToFullString().Contains("LibraryImport", StringComparison.Ordinal)
                && !s.Root.ToFullString().Contains("JsonSerializable", StringComparison.Ordinal)
                && !s.Root.ToFullString().Contains("[OptionsValidator]", StringComparison.Ordinal)
                && !s.Root.ToFullString().Contains("GeneratedRegex", StringComparison.Ordinal))
            .Select(s => s.Path));
    }

    private static string[] Find<T>(Func<T, bool> wrong)
        where T : SyntaxNode =>
        [
            .. s_source.Value.SelectMany(s => s.Root.DescendantNodes().OfType<T>().Where(wrong)
                .Select(n => $"{s.Path}:{n.GetLocation().GetLineSpan().StartLinePosition.Line + 1}")),
        ];

    private static int Lines(SyntaxNode node)
    {
        FileLinePositionSpan span = node.SyntaxTree.GetLineSpan(node.Span);
        return span.EndLinePosition.Line - span.StartLinePosition.Line + 1;
    }

    private static string? FirstType(CompilationUnitSyntax root) =>
        root.DescendantNodes().OfType<MemberDeclarationSyntax>()
            .Select(m => m switch
            {
                BaseTypeDeclarationSyntax t => t.Identifier.Text,
                DelegateDeclarationSyntax d => d.Identifier.Text,
                _ => null,
            })
            .FirstOrDefault(n => n is not null);
}
