using Mono.Cecil;

namespace P2P.ApiReference;

/// <summary>Types and members as C# spells them.</summary>
internal static class TypeNames
{
    private static readonly Dictionary<string, string> s_keywords = new(StringComparer.Ordinal)
    {
        ["System.Boolean"] = "bool",
        ["System.Byte"] = "byte",
        ["System.SByte"] = "sbyte",
        ["System.Int16"] = "short",
        ["System.UInt16"] = "ushort",
        ["System.Int32"] = "int",
        ["System.UInt32"] = "uint",
        ["System.Int64"] = "long",
        ["System.UInt64"] = "ulong",
        ["System.Double"] = "double",
        ["System.Single"] = "float",
        ["System.Char"] = "char",
        ["System.String"] = "string",
        ["System.Object"] = "object",
        ["System.Void"] = "void",
        ["System.Decimal"] = "decimal",
    };

    /// <summary>`List&lt;int&gt;`, `byte[]`, `string`.</summary>
    public static string Of(TypeReference type) => type switch
    {
        ByReferenceType reference => "ref " + Of(reference.ElementType),
        ArrayType array => Of(array.ElementType) + "[]",
        IModifierType modified => Of(modified.ElementType),
        GenericInstanceType { ElementType.FullName: "System.Nullable`1" } nullable => Of(nullable.GenericArguments[0]) + "?",
        GenericInstanceType generic => $"{Plain(generic.ElementType)}<{string.Join(", ", generic.GenericArguments.Select(Of))}>",
        TypeDefinition { HasGenericParameters: true } open => $"{Plain(open)}<{string.Join(", ", open.GenericParameters.Select(static p => p.Name))}>",
        _ => Plain(type),
    };

    /// <summary>What a member looks like where it is used.</summary>
    public static string Signature(IMemberDefinition member) => member switch
    {
        MethodDefinition { IsConstructor: true } method => $"{Plain(method.DeclaringType)}({Parameters(method)})",
        MethodDefinition method => $"{Static(method.IsStatic)}{Of(method.ReturnType)} {method.Name}{Generics(method)}({Parameters(method)})",
        PropertyDefinition property => $"{Static(Accessor(property).IsStatic)}{Of(property.PropertyType)} {property.Name} {{ {Accessors(property)}}}",
        EventDefinition declared => $"event {Of(declared.EventType)} {declared.Name}",
        FieldDefinition { DeclaringType.IsEnum: true } field => $"{field.Name} = {field.Constant}",
        FieldDefinition field => $"{(field.IsLiteral ? "const " : Static(field.IsStatic))}{Of(field.FieldType)} {field.Name}",
        _ => member.Name,
    };

    private static string Plain(TypeReference type)
    {
        string name = s_keywords.TryGetValue(type.FullName, out string? keyword) ? keyword : type.Name;
        int arity = name.IndexOf('`', StringComparison.Ordinal);
        return arity < 0 ? name : name[..arity];
    }

    private static string Static(bool isStatic) => isStatic ? "static " : "";

    private static string Generics(MethodDefinition method) =>
        method.HasGenericParameters ? $"<{string.Join(", ", method.GenericParameters.Select(static p => p.Name))}>" : "";

    private static string Parameters(MethodDefinition method) => string.Join(", ", method.Parameters.Select(static p => Parameter(p)));

    private static string Parameter(ParameterDefinition parameter)
    {
        string type = Of(parameter.ParameterType);
        string direction = parameter.IsOut ? type.Replace("ref ", "out ", StringComparison.Ordinal) : parameter.IsIn ? type.Replace("ref ", "in ", StringComparison.Ordinal) : type;
        return $"{direction} {parameter.Name}{(parameter.HasConstant ? " = " + Constant(parameter.Constant) : parameter.IsOptional ? " = default" : "")}";
    }

    private static string Constant(object? value) => value switch
    {
        null => "null",
        bool flag => flag ? "true" : "false",
        string text => $"\"{text}\"",
        _ => Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture) ?? "",
    };

    private static MethodDefinition Accessor(PropertyDefinition property) => property.GetMethod ?? property.SetMethod;

    private static string Accessors(PropertyDefinition property) =>
        (property.GetMethod is { IsPublic: true } ? "get; " : "")
        + (property.SetMethod is { IsPublic: true } set
            ? set.ReturnType is RequiredModifierType { ModifierType.Name: "IsExternalInit" } ? "init; " : "set; "
            : "");
}
