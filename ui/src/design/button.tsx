import type { ButtonHTMLAttributes, ComponentChildren } from "preact";
import styles from "./button.module.css";
import { Icon, type IconName } from "./icon.tsx";

type Look = "normal" | "primary" | "plain" | "allow" | "deny";

type ButtonProps = Omit<ButtonHTMLAttributes<HTMLButtonElement>, "icon" | "size"> & {
  look?: Look;
  size?: "normal" | "small";
  icon?: IconName;
  children?: ComponentChildren;
};

export function Button({ look = "normal", size = "normal", icon, children, ...rest }: ButtonProps) {
  return (
    <button type="button" {...rest} class={classNames(look, size)}>
      {icon && <Icon name={icon} />}
      {children}
    </button>
  );
}

/** A button that shows its icon only; its word is its accessible name and its tooltip. */
export function IconButton({
  icon,
  label,
  ...rest
}: Omit<ButtonProps, "children" | "look"> & { label: string; icon: IconName }) {
  return (
    <button
      type="button"
      {...rest}
      class={`${styles.button} ${styles.plain} ${styles.square}`}
      aria-label={label}
      title={label}
    >
      <Icon name={icon} />
    </button>
  );
}

function classNames(look: Look, size: "normal" | "small"): string {
  const lookClass = look === "normal" ? "" : styles[look];
  return [styles.button, lookClass, size === "small" ? styles.small : ""].filter(Boolean).join(" ");
}
